import { EngineFault } from '../../../ports.js';

/**
 * What a policy is given, as JSON text. Throws `EngineFault` when it holds a number that would lose digits on the way
 * (JSON numbers are exact up to 2^53).
 */
export function textFor(value: unknown): string {
  checkNumbers('', value);
  return JSON.stringify(value);
}

/** Such a text as bytes. Throws `EngineFault` when it is larger than `limit` bytes. */
export function bytesOf(text: string, limit: number): Uint8Array<ArrayBuffer> {
  const bytes = ENCODER.encode(text);
  if (bytes.length > limit) {
    throw new EngineFault(
      `The question is ${bytes.length} bytes of JSON; a policy is given at most ${limit}.`,
    );
  }
  return bytes;
}

const ENCODER = new TextEncoder();

/** The bytes of a value, in a buffer of their own, which can be handed to a thread. */
export function encode(value: unknown, limit: number): ArrayBuffer {
  const bytes = bytesOf(textFor(value), limit);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function checkNumbers(key: string, value: unknown): void {
  if (typeof value === 'number' && !isExact(value)) {
    throw new EngineFault(`The number ${value} in ${key} loses digits as JSON.`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const inner of Object.keys(value))
    checkNumbers(inner, (value as Readonly<Record<string, unknown>>)[inner]);
}

function isExact(number: number): boolean {
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER;
}
