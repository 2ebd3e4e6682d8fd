/**
 * Folds work by key: one run at a time, and what comes meanwhile is one more run. Each item is
 * answered by a run that began after the item came.
 */
export function createFold<Key, Item, Result>(
  run: (key: Key, items: readonly Item[]) => Promise<Result>,
): (key: Key, item: Item) => Promise<Result> {
  interface Batch {
    items: Item[];
    result: Promise<Result>;
  }
  /** Per key, the batch that has not begun, and the end of the one that has. */
  const waiting = new Map<Key, Batch>();
  const running = new Map<Key, Promise<unknown>>();

  const start = async (key: Key, batch: Batch): Promise<Result> => {
    await running.get(key);
    waiting.delete(key);
    const result = run(key, batch.items);
    const ended = result.then(
      () => {},
      () => {},
    );
    running.set(key, ended);
    void ended.then(() => {
      if (running.get(key) === ended) running.delete(key);
    });
    return result;
  };

  return (key, item) => {
    const known = waiting.get(key);
    if (known) {
      known.items.push(item);
      return known.result;
    }
    const batch: Batch = { items: [item], result: Promise.resolve() as Promise<never> };
    waiting.set(key, batch);
    batch.result = start(key, batch);
    return batch.result;
  };
}
