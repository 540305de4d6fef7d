import {
  Alert,
  Box,
  Button,
  Container,
  ExpandableSection,
  FormField,
  type FormFieldProps,
  Header,
  Input,
  type InputProps,
  Select,
  SpaceBetween,
  StatusIndicator,
  type StatusIndicatorProps,
  Table,
} from '@cloudscape-design/components';
import { type FormEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react';
import type { ProblemError } from './api.ts';
import { useApp, useAttempts } from './hooks.ts';
import type { TextKey, Texts } from './texts.ts';

/** The heading of a step: it takes the focus when the step is shown, so that no button with a consequence has it. */
export function StepHeading({ children }: { readonly children: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.focus(), [children]);
  // A dialog that opens gives the focus to its cross, in an effect of its own: it is taken back before the next key can come.
  useEffect(() => queueMicrotask(() => place.current?.focus()), [children]);
  return (
    <div ref={place} tabIndex={-1} className="step-heading">
      <Box variant="h3">{children}</Box>
    </div>
  );
}

type LinesProps = { lines: readonly ReactNode[]; title?: string; open?: boolean; lang?: 'en' };

/** A list with a line for each, or nothing; a title makes it a section that opens by a press. The API's own lines are English. */
export function LineList({ lines, title, open = false, lang }: LinesProps) {
  if (lines.length === 0) return null;
  const list = (
    <ul className="lines" lang={lang}>
      {lines.map((line, index) => (
        <li key={String(index)}>{line}</li>
      ))}
    </ul>
  );
  if (title === undefined) return list;
  return (
    <ExpandableSection headerText={title} defaultExpanded={open}>
      {list}
    </ExpandableSection>
  );
}

/** A sign with words beside it, which break between two words only. */
export const Status = ({ look, children }: { look: StatusIndicatorProps.Type; children: ReactNode }) => (
  <span className="status">
    <StatusIndicator type={look} />
    <span>{children}</span>
  </span>
);

/** Text of the head, what a row has below it, and the minimum width; the first column names the row. */
export type Column<Row> = readonly [head: TextKey, cell: (row: Row) => ReactNode, minWidth?: number];

type TableProps<Row> = { label: string; rows: readonly Row[]; columns: readonly Column<Row>[]; header?: ReactNode };

/** A small table within a page or a dialog; where it is too wide it scrolls by itself. */
export function DataTable<Row>({ label, rows, columns, header }: TableProps<Row>) {
  const { texts } = useApp();
  return (
    <Table
      variant="embedded"
      contentDensity="compact"
      wrapLines
      cellVerticalAlign="top"
      ariaLabels={{ tableLabel: label }}
      header={header}
      items={rows}
      columnDefinitions={columnsOf(texts, columns)}
    />
  );
}

export const columnsOf = <Row,>(texts: Texts, columns: readonly Column<Row>[]) =>
  columns.map(([head, cell, minWidth = head === 'column.state' ? 150 : 120], index) => ({
    id: head,
    header: texts.say(head),
    cell,
    minWidth,
    isRowHeader: index === 0,
    ...(index === 0 && { maxWidth: 220 }),
  }));

type TextFieldProps = Pick<FormFieldProps, 'label' | 'description' | 'constraintText' | 'errorText'> &
  Pick<InputProps, 'value' | 'disabled' | 'type' | 'onBlur'> & { readonly onChange: (value: string) => void };

/** A line of text that the browser neither completes nor corrects. */
export const TextField = ({ label, description, constraintText, errorText, onChange, ...input }: TextFieldProps) => (
  <FormField {...{ label, description, constraintText, errorText }}>
    <Input {...input} autoComplete={false} spellcheck={false} onChange={({ detail }) => onChange(detail.value)} />
  </FormField>
);

/** One of a few words; without `chosen` nothing is chosen unread. */
export function Choice<Value extends string>(props: {
  readonly label?: string;
  readonly placeholder?: string;
  readonly values: readonly Value[];
  readonly chosen: Value | undefined;
  readonly say: (value: Value) => string;
  readonly onChoose: (value: Value) => void;
}) {
  const { texts } = useApp();
  const options = props.values.map((value) => ({ value, label: props.say(value) }));
  return (
    <Select
      {...(props.label !== undefined && { ariaLabel: props.label })}
      placeholder={props.placeholder ?? texts.say('choose')}
      options={options}
      selectedOption={options.find(({ value }) => value === props.chosen) ?? null}
      onChange={({ detail }) => props.onChoose(detail.selectedOption.value as Value)}
    />
  );
}

/** What went wrong and what to do, in words (R23); the API's own sentence, which is English, stands below. */
export function ProblemAlert({ problem }: { readonly problem: ProblemError | undefined }) {
  const { texts } = useApp();
  if (!problem) return null;
  const { code, status, problem: told } = problem;
  const fields = told?.errors ?? [];
  const lines = fields.map((field) => [texts.ofCode('field', field.pointer), field.detail].filter(Boolean).join(': '));
  const detail = told && !fields.some((field) => told.detail.includes(field.detail)) ? told.detail : undefined;
  return (
    <div role="alert">
      <Alert type="error" header={texts.ofCode('problem', code) ?? texts.say('problem.unclear', { status })}>
        {detail && <p lang="en">{detail}</p>}
        <LineList lines={lines} lang="en" />
      </Alert>
    </div>
  );
}

type SectionName = 'retrieve' | 'anonymize' | 'device' | 'remove' | 'redirection' | 'check';
type SectionProps = {
  name: SectionName;
  onSend: () => Promise<void>;
  ready?: boolean;
  isPage?: boolean;
  children: ReactNode;
};

/**
 * A section with its heading, which names it for screen readers, and its button; a refusal of the API is shown below all else.
 * @param isPage it is a page of its own, which sends by itself at first
 */
export function Section({ name, onSend, ready = true, isPage = false, children }: SectionProps) {
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

export function saveFile(name: string, type: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
