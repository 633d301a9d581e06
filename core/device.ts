/** Where a model can run: `webgpu` is any device with a Vulkan, Metal or Direct3D driver, `cuda` one of NVIDIA's. */
export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof DEVICES)[number];

/** What a user may name: a device, which is what runs, or `auto` for the best that is there. */
export const DEVICE_CHOICES = [...DEVICES, 'auto'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];
