import { createHash } from 'node:crypto';
import { canonicalJson } from '../../common/canonical-json.ts';
import type { Clock, Pause } from '../../common/ports.ts';
import { isFinal } from '../state-machine.ts';
import type { RequestView } from './request-view.ts';

/** A view of a Request, with a tag that changes with the view. */
interface TaggedView {
  readonly view: RequestView;
  readonly tag: string;
}

/** How often the stores are read while a Caller waits. */
const LOOK_MS = 500;

/**
 * Returns the view of a Request, at once or after a change.
 * @param knows whether the Caller has already seen the view with this tag; if so, this waits for a change
 * @param waitSeconds maximum wait; a Request that has ended does not change
 */
export async function watchRequest(
  look: () => Promise<RequestView>,
  { knows = () => true, waitSeconds }: { readonly knows?: (tag: string) => boolean; readonly waitSeconds: number },
  { clock, pause }: { readonly clock: Clock; readonly pause: Pause },
  signal?: AbortSignal,
): Promise<TaggedView> {
  const until = clock.now().getTime() + waitSeconds * 1000;
  const first = tagged(await look());
  let last = first;
  while (last.tag === first.tag && knows(first.tag) && !isFinal(last.view.state)) {
    const left = until - clock.now().getTime();
    if (left <= 0) break;
    await pause(Math.min(LOOK_MS, left), signal);
    last = tagged(await look());
  }
  return last;
}

const tagged = (view: RequestView): TaggedView => ({
  view,
  tag: createHash('sha256').update(canonicalJson(view)).digest('base64url').slice(0, 22),
});
