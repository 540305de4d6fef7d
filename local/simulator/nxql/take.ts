/** At most `limit` of the items, all without one; no item is drawn that is not given. */
export function* take<Item>(items: Iterable<Item>, limit = Number.POSITIVE_INFINITY): Generator<Item> {
  let left = limit;
  if (left === 0) return;
  for (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}
