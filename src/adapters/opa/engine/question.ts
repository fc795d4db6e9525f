import { EngineFault } from '../../../ports.js';

/**
 * What a policy is given, as bytes of JSON text. Throws `EngineFault` when it is larger than `limit` bytes, or holds a
 * number that would lose digits on the way (JSON numbers are exact up to 2^53).
 */
export function encode(value: unknown, limit: number): ArrayBuffer {
  checkNumbers('', value);
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  if (bytes.length > limit) {
    throw new EngineFault(
      `The question is ${bytes.length} bytes of JSON; a policy is given at most ${limit}.`,
    );
  }
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function checkNumbers(key: string, value: unknown): void {
  if (typeof value === 'number' && !isExact(value)) {
    throw new EngineFault(`The number ${value} in ${key} loses digits as JSON.`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [inner, item] of Object.entries(value)) checkNumbers(inner, item);
}

function isExact(number: number): boolean {
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER;
}
