import { existsSync } from 'node:fs';
import { probeDevice } from '../../../model/index.ts';
import { unavailable } from './availability.ts';
import type { ServiceOwner } from './availability.ts';

/** SwiftShader, a Vulkan driver for the CPU, where Debian's package "chromium-common" has it. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

const VARIABLE = 'NIGHTJAR_REQUIRE_WEBGPU';

/**
 * Makes SwiftShader the one Vulkan driver of this process and those that it starts, so that `webgpu` runs without a GPU and
 * on the same device everywhere. Where it cannot be had, the test is skipped and says so, or fails under
 * NIGHTJAR_REQUIRE_WEBGPU=1.
 */
export async function startSoftwareGpu(owner: ServiceOwner): Promise<boolean> {
  if (!existsSync(DRIVER)) {
    unavailable(owner, VARIABLE, 'no SwiftShader: install the packages "chromium-common" and "libvulkan1"');
    return false;
  }
  // The loader looks when the runtime first opens the device; its older releases know the second name alone.
  process.env['VK_DRIVER_FILES'] = DRIVER;
  process.env['VK_ICD_FILENAMES'] = DRIVER;
  const found = await probeDevice('webgpu');
  if (!found.isThere) unavailable(owner, VARIABLE, `SwiftShader does not open: ${found.reason}`);
  return found.isThere;
}
