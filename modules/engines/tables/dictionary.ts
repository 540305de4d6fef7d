import type { EngineWords } from '../../archive/contents/dictionary.ts';
import { COMMON_COLUMNS } from './common-columns.ts';
import { ENGINE_TABLES, FILES } from './tables.ts';

/** What the archive says about the files and columns of Engines. */
export const ENGINE_WORDS: EngineWords = { files: FILES, tables: ENGINE_TABLES, common: COMMON_COLUMNS };
