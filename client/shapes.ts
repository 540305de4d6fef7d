import type { Calls } from './calls.ts';
import type { Preview, RequestView, SignedCertificate, SourceProgress, StartedView } from './types.ts';

/** Parts of the API's bodies and answers that console and command line name by themselves. */
export type Subject = Preview['subject'];
export type RequestState = RequestView['state'];
export type Need = NonNullable<RequestView['needs']>;
export type ListFilters = Omit<NonNullable<Calls['listRequests']['query']>, 'limit' | 'cursor'>;
export type Source = RequestView['sources'][number];
export type SourceState = SourceProgress['state'];
export type Retained = SignedCertificate['certificate']['retained'][number];
export type Duplicates = Pick<StartedView, 'duplicates' | 'otherDuplicates'>;
