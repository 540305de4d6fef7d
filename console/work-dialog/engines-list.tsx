import { Box, Button, SpaceBetween, type StatusIndicatorProps } from '@cloudscape-design/components';
import type { EnginesView } from '../../client/types.ts';
import { useApp } from '../app/app-context.ts';
import { DataTable } from '../app/data-table.tsx';
import { ProblemAlert } from '../app/problem-alert.tsx';
import { Status } from '../app/status.tsx';
import type { Attempts } from '../app/use-attempt.ts';

type Engine = EnginesView['engines'][number];

const LOOKS: Readonly<Record<Engine['state'], StatusIndicatorProps.Type>> = {
  READY: 'success',
  WARNING: 'warning',
  NOT_READY: 'error',
  NOT_MEASURED: 'pending',
};

/** `onList` is absent while the account is not filled in. */
type Props = { view: EnginesView | undefined; attempts: Attempts; onList: (() => void) | undefined };

/** `Engines List`: each Engine with its measured state, and the setting that mends a fault (R5). */
export function EnginesList({ view, attempts: { busy, problem }, onList }: Props) {
  const { texts } = useApp();
  return (
    <SpaceBetween size="xs">
      <Button
        formAction="none"
        iconName="refresh"
        loading={busy}
        disabled={!onList}
        {...(onList && { onClick: onList })}
      >
        {texts.say('engines.list')}
      </Button>
      <ProblemAlert problem={problem} />
      {view && (
        <DataTable
          label={texts.say('engines.list')}
          header={
            <Box color="text-body-secondary">
              {texts.say(`engines.federation.${view.federation}`, { count: view.engines.length })}
            </Box>
          }
          rows={view.engines}
          columns={[
            ['engines.engine', ({ name }) => name],
            ['column.state', ({ state }) => <Status look={LOOKS[state]}>{texts.say(`engines.state.${state}`)}</Status>],
            ['engines.findings', (engine) => <Findings engine={engine} />],
          ]}
        />
      )}
    </SpaceBetween>
  );
}

function Findings({ engine }: { readonly engine: Engine }) {
  const { texts } = useApp();
  return engine.findings.map(({ code, detail, setting }) => (
    <div key={code}>
      {texts.say(`finding.${code}`)}{' '}
      <Box color="text-body-secondary">
        <span lang="en">{detail}</span> {texts.say('engines.setting')} <code>{setting}</code>
      </Box>
    </div>
  ));
}
