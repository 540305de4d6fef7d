import type { Calls } from './calls.ts';
import type { Preview, RequestView, SignedCertificate, SourceProgress, StartedView } from './types.ts';

/** Parts of the API's bodies and answers that console and command line name by themselves. */
export type Subject = Preview['subject'];
export type RequestState = RequestView['state'];
/** What an answer needs next. */
export type Need = NonNullable<RequestView['needs']>;
/** Which requests a list has. */
export type ListFilters = Omit<NonNullable<Calls['listRequests']['query']>, 'limit' | 'cursor'>;
export type Source = RequestView['sources'][number];
export type SourceState = SourceProgress['state'];
export type Retained = SignedCertificate['certificate']['retained'][number];
/** Other requests about the same name. */
export type Duplicates = Pick<StartedView, 'duplicates' | 'otherDuplicates'>;
