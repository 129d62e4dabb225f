/** Cuts `count` into batches and calls `store` with the size of each, one after the other. */
export async function inBatches(count, batch, store) {
  for (let done = 0; done < count; done += batch) await store(Math.min(batch, count - done));
}
