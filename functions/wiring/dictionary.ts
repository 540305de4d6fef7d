import type { Dictionary, PortalWords } from '../../modules/archive/contents/dictionary.ts';
import { ENGINE_WORDS } from '../../modules/engines/tables/tables.ts';
// of files and columns under the reference mapping; another mapping may bring others
import words from '../../modules/portal/mapping/portal-words.json' with { type: 'json' };

export const DICTIONARY: Dictionary = { engines: ENGINE_WORDS, portal: words as unknown as PortalWords };
