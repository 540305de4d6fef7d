import { useState } from 'react';
import type { DoctorReport } from '../client/types.ts';
import { useApp } from './app/app-context.ts';
import { DataTable } from './app/data-table.tsx';
import { Section } from './app/section.tsx';
import { Status } from './app/status.tsx';

const LOOKS = {
  fault: 'error',
  warning: 'warning',
  'not measured': 'pending',
  'not configured': 'stopped',
  ok: 'success',
} as const;

/** `System check`: what is not ready, and the setting to change; faults come first, as the API gives them (R32). */
export function CheckPage() {
  const { api, texts } = useApp();
  const [report, setReport] = useState<DoctorReport>();
  const words = (text = '–') => <span lang="en">{text}</span>;
  return (
    <Section isPage name="check" onSend={async () => setReport(await api.call('doctor', {}))}>
      <p role="status">{report && texts.say(`check.all.${report.state}`, { time: texts.instant(report.at) })}</p>
      {report && (
        <DataTable
          label={texts.say('menu.check')}
          rows={report.checks}
          columns={[
            ['check.what', ({ name }) => words(name)],
            ['column.state', ({ state }) => <Status look={LOOKS[state]}>{texts.say(`check.${state}`)}</Status>],
            ['check.evidence', ({ evidence }) => words(evidence), 240],
            ['check.mend', ({ mend }) => words(mend)],
          ]}
        />
      )}
    </Section>
  );
}
