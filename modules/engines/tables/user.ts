import { COMMON_COLUMNS } from './common-columns.ts';
import { COMPUTERS, type ObjectTable } from './engine-table.ts';

/** Accounts. A column is hidden unless it is known not to identify a person. Source: docs/nxql.md. */
export const USER: ObjectTable = {
  about: 'the account itself: what the Engines know about the user',
  platforms: COMPUTERS,
  unlisted: () => 'hide',
  columns: {
    id: ['id', COMMON_COLUMNS.id[1], 'id'],
    platform: COMMON_COLUMNS.platform,
    first_seen: COMMON_COLUMNS.first_seen,
    last_seen: COMMON_COLUMNS.last_seen,
    total_active_days: COMMON_COLUMNS.total_active_days,
    database_usage: COMMON_COLUMNS.database_usage,
    name: ['text', 'logon name of the account', 'name'],
    full_name: ['text', 'full name, from the directory', 'hide'],
    distinguished_name: ['text', 'name in the directory (LDAP)', 'hide'],
    department: ['text', 'department, from the directory', 'hide'],
    job_title: ['text', 'job title, from the directory', 'hide'],
    location: ['text', 'location, from the directory', 'hide'],
    locality: ['text', 'city or locality, from the directory', 'hide'],
    country: ['text', 'country, from the directory', 'hide'],
    org_unit: ['text', 'organizational unit in the directory', 'hide'],
    sid: ['text', 'Windows security identifier of the account', 'hide'],
    upn: ['text', 'user principal name, often the e-mail address', 'hide'],
    user_uid: ['text', 'identifier of the account, the same on all Engines', 'hide'],
    type: ['keyword', 'kind of account, such as local or domain', 'keep'],
    seen_on_windows: ['yes/no', 'whether it was seen on a Windows device', 'keep'],
    seen_on_mac_os: ['yes/no', 'whether it was seen on a Mac', 'keep'],
    seen_on_mobile: ['yes/no', 'whether it was seen on a mobile device', 'keep'],
    number_of_days_since_last_seen: ['days', 'days since it was last seen', 'keep'],
  },
};
