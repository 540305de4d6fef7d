import { Alert } from '@cloudscape-design/components';
import type { ProblemError } from './api.ts';
import { useApp } from './app-context.ts';
import { LineList } from './line-list.tsx';

type Props = { readonly problem: ProblemError | undefined };

/** What went wrong and what to do, in words (R23); the API's own sentence, which is English, stands below. */
export function ProblemAlert({ problem }: Props) {
  const { texts } = useApp();
  if (!problem) return null;
  const { code, status, problem: told } = problem;
  const fields = (told?.errors ?? []).map(({ pointer, detail }) => ({
    name: texts.ofCode('field', pointer),
    detail,
  }));
  const detail = told && !fields.some((field) => told.detail.includes(field.detail)) ? told.detail : undefined;
  return (
    <div role="alert">
      <Alert type="error" header={texts.ofCode('problem', code) ?? texts.say('problem.unclear', { status })}>
        {detail && <p lang="en">{detail}</p>}
        <LineList lines={fields.map((field) => [field.name, field.detail].filter(Boolean).join(': '))} lang="en" />
      </Alert>
    </div>
  );
}
