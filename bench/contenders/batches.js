/** Calls `store` with the sizes of the batches into which `count` is cut, one after the other. */
export async function inBatches(count, batch, store) {
  for (let done = 0; done < count; done += batch) await store(Math.min(batch, count - done));
}
