import { setTimeout as pause } from 'node:timers/promises';
import { checked } from '../../modules/common/doctor.ts';
import type { Deployed } from './platform.ts';

/** An alarm that no smoke run raises by itself (docs/operations.md, "Alarms"). */
const ALARM = 'dead-letters';
const TRIAL = 'Trial of a smoke run: nothing is wrong';
const PAUSE_MS = 1_000;
/** CloudWatch publishes within seconds. */
const MAX_WAIT_MS = 60_000;

/** Lets an alarm go off, sees that it did and that the topic took it, and who hears of it. */
export async function alarm({ aws, stage, outputs: { AlarmTopic } }: Deployed, signal: AbortSignal) {
  const [name, alarmName] = ['Alarm', `${stage}-${ALARM}`];
  if (AlarmTopic === undefined)
    return [checked(name, 'fault', 'The stack names no topic of alarms', 'the output AlarmTopic: deploy again')];
  const began = new Date();
  await aws.setAlarm(alarmName, 'ALARM', TRIAL);
  let [reached, actions]: [boolean, readonly string[]] = [false, []];
  for (const late = Date.now() + MAX_WAIT_MS; ; await pause(PAUSE_MS)) {
    const seen = await aws.alarm(alarmName, began);
    reached ||= seen.state === 'ALARM';
    actions = seen.actions;
    if ((reached && actions.length > 0) || Date.now() > late || signal.aborted) break;
  }
  await aws.setAlarm(alarmName, 'OK', TRIAL);
  if (!reached) return [checked(name, 'fault', `${alarmName} did not reach ALARM`, 'CloudWatch, the alarm itself')];
  if (!actions.some((summary) => /^Success/i.test(summary))) {
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
