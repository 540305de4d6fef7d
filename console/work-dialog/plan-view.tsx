import { Alert, SpaceBetween } from '@cloudscape-design/components';
import type { PreviewView } from '../../client/types.ts';
import { useApp } from '../app/app-context.ts';
import { DataTable } from '../app/data-table.tsx';
import { Choice } from '../app/fields.tsx';
import { LineList } from '../app/line-list.tsx';

/** What is decided about mentions, by place. */
export type Decisions = Readonly<Record<string, 'keep' | 'change'>>;

type Props = { plan: PreviewView; decisions: Decisions; onDecide: (decisions: Decisions) => void };

/** What an anonymization would change, what it would not, and what a person has to decide before (R14, R15). */
export function PlanView({ plan, decisions, onDecide }: Props) {
  const { texts } = useApp();
  type Part = 'identifiers' | 'spellings' | 'lookalikes' | 'near' | 'unmapped' | 'accounts' | 'outOfReach';
  const section = (part: Part, lines: readonly string[], open = false) => (
    <LineList title={texts.say(`plan.${part}`, { count: lines.length })} lines={lines} open={open} />
  );
  const changed = plan.tables.filter(({ rows }) => rows > 0);
  return (
    <SpaceBetween size="m">
      {plan.rows > 0 ? (
        <Alert type="warning">{texts.say('plan.rows', { rows: plan.rows, tables: changed.length })}</Alert>
      ) : (
        <Alert type="info">{texts.say('plan.nothing')}</Alert>
      )}
      {changed.length > 0 && (
        <DataTable
          label={texts.say('plan.tables')}
          rows={changed}
          columns={[
            ['plan.table', ({ table }) => table],
            ['column.rows', ({ rows }) => texts.count(rows)],
          ]}
        />
      )}
      {section(
        'identifiers',
        plan.identifiers.map(({ text, strong }) => texts.say(strong ? 'plan.strong' : 'plan.weak', { text })),
        true,
      )}
      {plan.mentions.length > 0 && <Mentions plan={plan} decisions={decisions} onDecide={onDecide} />}
      {section('spellings', plan.spellings)}
      {section(
        'lookalikes',
        plan.lookalikes.map(({ place, count }) => `${place}: ${texts.count(count)}`),
      )}
      {section('near', plan.nearNames)}
      {section('unmapped', plan.unmapped, true)}
      {section('accounts', plan.accounts, true)}
      {section('outOfReach', plan.outOfReach)}
      {plan.notBefore && <Alert type="info">{texts.say('plan.notBefore', { time: plan.notBefore })}</Alert>}
    </SpaceBetween>
  );
}

/** Places where the word stands in what belongs to somebody else or to nobody: each is kept or changed (R15). */
function Mentions({ plan, decisions, onDecide }: Props) {
  const { texts } = useApp();
  const example = (place: string) =>
    plan.examples
      ?.filter((one) => one.place === place)
      .map(({ text }) => text)
      .join('\n');
  return (
    <DataTable
      header={<p>{texts.say('plan.mentions')}</p>}
      label={texts.say('plan.mentionsTable')}
      rows={plan.mentions}
      columns={[
        ['plan.place', ({ place }) => place],
        ['plan.cells', ({ count }) => texts.count(count)],
        ['plan.example', ({ place }) => example(place) ?? ''],
        [
          'plan.decision',
          ({ place }) => (
            <Choice
              label={`${texts.say('plan.decision')}: ${place}`}
              placeholder={texts.say('plan.mention.default')}
              values={['keep', 'change']}
              say={(value) => texts.say(`plan.mention.${value}`)}
              chosen={decisions[place]}
              onChoose={(value) => onDecide({ ...decisions, [place]: value })}
            />
          ),
        ],
      ]}
    />
  );
}
