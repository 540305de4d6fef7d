import { Button, Container, Header, SpaceBetween } from '@cloudscape-design/components';
import { type FormEvent, type ReactNode, useEffect, useId } from 'react';
import { useApp, useAttempts } from './hooks.ts';
import { ProblemAlert } from './parts.tsx';

type Name = 'retrieve' | 'anonymize' | 'device' | 'remove' | 'redirection' | 'check';
type Props = { name: Name; onSend: () => Promise<void>; ready?: boolean; isPage?: boolean; children: ReactNode };

/**
 * A section with its heading, which names it for who does not see it, and its button; a refusal of the API is shown below all else.
 * @param isPage it is a page of its own, which sends by itself at first
 */
export function Section({ name, onSend, ready = true, isPage = false, children }: Props) {
  const { texts } = useApp();
  const id = useId();
  const { busy, problem, attempt } = useAttempts();
  useEffect(() => void (isPage && attempt(onSend)), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(onSend);
  };
  const button = (
    <Button variant={name === 'retrieve' || name === 'device' ? 'primary' : 'normal'} loading={busy} disabled={!ready}>
      {texts.say(`section.${name}.button`)}
    </Button>
  );
  const heading = <span id={id}>{texts.say(`section.${name}.title`)}</span>;
  return (
    <section aria-labelledby={id}>
      <form onSubmit={submit}>
        <Container
          header={isPage ? <Header variant="h1" actions={button} children={heading} /> : <Header children={heading} />}
          footer={!isPage && button}
        >
          <SpaceBetween size="m">
            <p>{texts.say(`section.${name}.about`)}</p>
            {children}
            <ProblemAlert problem={problem} />
          </SpaceBetween>
        </Container>
      </form>
    </section>
  );
}
