import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The folders each folder may import, always through its index.ts: the arrows of ARCHITECTURE.md.
 * cli, bench and test sit at the right end and may import every folder.
 */
const MAY_IMPORT = {
  core: [],
  streams: ['core'],
  model: ['core'],
  detectors: ['core'],
  pipeline: ['core', 'streams', 'model', 'detectors'],
  simulator: ['core', 'streams', 'model', 'detectors'],
};
const FOLDERS = [...Object.keys(MAY_IMPORT), 'cli', 'bench', 'test'];

/** One import rule per folder: forbidden folders whole, permitted ones except through their index.ts. */
function boundaryRules() {
  return Object.entries(MAY_IMPORT).map(([folder, permitted]) => {
    const forbidden = FOLDERS.filter((other) => other !== folder && !permitted.includes(other));
    return {
      files: [`${folder}/**/*.ts`],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
                message: `${folder}/ may import only ${permitted.join(', ') || 'nothing outside itself'}.`,
              },
              ...(permitted.length === 0
                ? []
                : [
                    {
                      regex: `^(\\.\\./)+(${permitted.join('|')})/(?!index\\.ts$)`,
                      message: "Import another folder through its 'index.ts'.",
                    },
                  ]),
            ],
          },
        ],
      },
    };
  });
}

const NO_CLOCK = [
  { object: 'Date', property: 'now', message: 'Take the time from a Clock (core/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Draw from a seeded generator (core/random.ts).' },
];

/** Where the Kafka client may be spoken to directly. */
const CLIENT_ROOMS = [
  'streams/kafka/**/*.ts',
  'bench/kafka/**/*.ts',
  'test/streams/kafka/**/*.ts',
  'test/integration/kafka/**/*.ts',
  'test/helpers/services/**/*.ts',
];
const NO_CLIENT = { name: 'kafkajs', message: 'Only streams/kafka/ knows the Kafka client.' };
const NO_OTHER_CLIENT = {
  name: '@platformatic/kafka',
  message: 'It is here to be measured beside the client in use, in bench/kafka/ alone.',
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true, allow: [{ name: 'bigint', from: 'lib' }] },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-properties': ['error', ...NO_CLOCK],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use an `as const` tuple and a union.' },
        { selector: 'TSModuleDeclaration', message: 'Use a module.' },
        { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Take the time from a Clock.',
        },
      ],
      eqeqeq: 'error',
    },
  },
  ...boundaryRules(),
  {
    files: ['**/*.ts'],
    ignores: CLIENT_ROOMS,
    rules: { '@typescript-eslint/no-restricted-imports': ['error', NO_CLIENT, NO_OTHER_CLIENT] },
  },
  {
    files: CLIENT_ROOMS,
    ignores: ['bench/kafka/**'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', NO_OTHER_CLIENT] },
  },
  { files: ['core/clock.ts'], rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' } },
  {
    files: ['model/**/*.ts', 'detectors/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // node:test returns a promise that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
