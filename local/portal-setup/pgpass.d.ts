declare module 'pgpass' {
  /** Looks for a password in the file that `PGPASSFILE` names, else in `~/.pgpass`. */
  export default function pgpass(
    of: { readonly host: string; readonly port: number; readonly database: string; readonly user: string },
    answer: (password: string | undefined) => void,
  ): void;
}
