import type { Graph } from '../types.ts';
import { removeDeadCode } from './remove-dead-code.ts';
import { removeIdentities } from './remove-identities.ts';
import { shareCommonSubexpressions } from './share-common-subexpressions.ts';

/**
 * The same function with fewer nodes and constants. Each pass leaves nothing that one before it would take away; what
 * sharing alone can see, two nodes that differ by an identity between them, is why it comes last.
 *
 * @complexity O(nodes, their operands, and elements of constants)
 */
export function optimised(graph: Graph): Graph {
  return shareCommonSubexpressions(removeDeadCode(removeIdentities(graph)));
}
