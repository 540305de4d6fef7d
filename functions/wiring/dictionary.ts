import type { Dictionary } from '../../modules/archive/contents/dictionary.ts';
import { ENGINE_WORDS } from '../../modules/engines/tables/tables.ts';
import { PORTAL_WORDS } from '../../modules/portal/mapping/portal-words.ts';

/** What an archive says about its files and columns. */
export const DICTIONARY: Dictionary = { engines: ENGINE_WORDS, portal: PORTAL_WORDS };
