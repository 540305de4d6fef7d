import { useEffect, useState } from 'react';
import type { RequestView } from '../../client/types.ts';
import { ProblemError, type SeenView } from '../app/api.ts';
import { useApp } from '../app/hooks.ts';
import { hasEnded } from './states.ts';

/** A request as the page follows it. */
export interface Followed {
  /** Absent until it was read. */
  readonly view: RequestView | undefined;
  /** When the API answered last, milliseconds; `lost` from then on while nothing answers. */
  readonly seenAt: number;
  readonly lost: boolean;
  /** The API refuses to show it. */
  readonly problem?: ProblemError;
  /** Goes on from the request as a step left it. */
  put(view: RequestView): void;
}

/** Pause between looks, milliseconds; the API itself waits for a change. */
const PAUSE = 700;
/** The same while nothing answers. */
const LOST_PAUSE = 2000;

/** Follows a request until it has ended; it says when nothing answers, and tries again. */
export function useRequest(requestId: string, started?: RequestView): Followed {
  const { api } = useApp();
  const [seen, setSeen] = useState<SeenView | undefined>(started && { view: started });
  const [state, setState] = useState<Omit<Followed, 'view' | 'put'>>({ seenAt: Date.now(), lost: false });
  const [round, setRound] = useState(0);

  useEffect(() => {
    const aborter = new AbortController();
    const { signal } = aborter;
    let last = seen;
    const lose = () => setState((before) => ({ ...before, lost: true }));
    addEventListener('offline', lose);
    const look = async (): Promise<void> => {
      while (!signal.aborted) {
        try {
          last = await api.nextView(requestId, last, signal);
          if (signal.aborted) return;
          setSeen(last);
          setState({ seenAt: Date.now(), lost: false });
          if (hasEnded(last.view.state)) return;
          await pause(PAUSE);
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof ProblemError)) throw error;
          if (!error.isOutage) return setState((before) => ({ ...before, lost: false, problem: error }));
          lose();
          await pause(LOST_PAUSE);
        }
      }
    };
    void look();
    return () => {
      aborter.abort();
      removeEventListener('offline', lose);
    };
  }, [api, requestId, round]);

  const put = (view: RequestView) => {
    setSeen({ view });
    setRound((before) => before + 1);
  };
  return { view: seen?.view, ...state, put };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
