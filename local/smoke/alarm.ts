import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { checked } from '../../modules/common/doctor.ts';
import type { Deployed } from './platform.ts';
import type { Traces } from './traces.ts';

/** An alarm that no smoke run raises by itself (docs/operations.md, "Alarms"). */
const ALARM = 'dead-letters';
const PAUSE_MS = 1_000;
/** CloudWatch publishes within seconds. */
const MAX_WAIT_MS = 60_000;

/** Lets an alarm go off, sees that it did and that the topic took it, and who gets it. An alarm that has gone off by itself is left alone. */
export async function alarm({ aws, stage, outputs: { AlarmTopic } }: Deployed, signal: AbortSignal, traces: Traces) {
  const [name, alarmName] = ['Alarm', `${stage}-${ALARM}`];
  if (AlarmTopic === undefined)
    return [checked(name, 'fault', 'The stack names no topic of alarms', 'the output AlarmTopic: deploy again')];
  const before = await aws.alarmState(alarmName);
  if (before === undefined)
    return [checked(name, 'fault', `There is no alarm ${alarmName}`, 'npx cdk deploy --all, and AWS_REGION')];
  if (before === 'ALARM')
    return [checked(name, 'fault', `${alarmName} has gone off by itself`, 'docs/operations.md, "Alarms"')];
  /** Tells this trial from others, whatever the clocks say. */
  const trial = `Trial ${randomUUID()} of a smoke run: nothing is wrong`;
  const undo = () => aws.setAlarm(alarmName, before, trial);
  const byHand = `aws cloudwatch set-alarm-state --alarm-name ${alarmName} --state-value ${before} --state-reason trial`;
  traces.add(`${alarmName} in ALARM`, { undo, byHand });
  await aws.setAlarm(alarmName, 'ALARM', trial);
  let seen = await aws.afterAlarm(alarmName, trial);
  for (const late = Date.now() + MAX_WAIT_MS; !seen?.length && Date.now() < late && !signal.aborted; ) {
    await pause(PAUSE_MS);
    seen = await aws.afterAlarm(alarmName, trial);
  }
  await undo();
  traces.forget(`${alarmName} in ALARM`);
  if (!seen) return [checked(name, 'fault', `${alarmName} did not reach ALARM`, 'CloudWatch, the alarm itself')];
  if (!seen.some((summary) => /^Success/i.test(summary) && summary.includes(AlarmTopic))) {
    const words = `${alarmName} reached ALARM, and its topic took nothing`;
    return [checked(name, 'fault', words, 'policy of the topic and of its key: cloudwatch.amazonaws.com must publish')];
  }
  const subscriptions = await aws.subscriptions(AlarmTopic);
  const confirmed = subscriptions.filter(({ isConfirmed }) => isConfirmed);
  if (confirmed.length === 0) {
    const words = `Nobody hears of it: ${subscriptions.length} subscriptions of the topic, none of them confirmed`;
    return [checked(name, 'fault', words, 'alarms of gdpr.config.json; confirm the mail of the subscription')];
  }
  const protocols = confirmed.map(({ protocol }) => protocol).join(', ');
  const words = `${alarmName} went off and its topic took it: ${confirmed.length} confirmed subscriptions (${protocols})`;
  if (confirmed.length === subscriptions.length) return `${words}. Ask them whether it arrived`;
  return [checked(name, 'warning', `${words}, others are not`, 'confirm the mail of the subscription')];
}
