import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compileSource, type CompiledSource } from './compiled-source.js';
import { ProductProcess } from './product-process.js';

let source: CompiledSource;
beforeAll(async () => {
  source = await compileSource();
}, 60_000);
afterAll(() => source.remove());

describe('the product as a process', () => {
  it('goes on with its data after a kill', async () => {
    const product = await ProductProcess.open(source);
    try {
      const before = await (await product.request('GET', '/api/v1/settings')).json();
      await product.kill();
      await expect(product.request('GET', '/readyz')).rejects.toThrow();
      await product.start();
      expect(await (await product.request('GET', '/api/v1/settings')).json()).toEqual(before);
    } finally {
      await product.close();
    }
  }, 30_000);
});
