import { FormField, type FormFieldProps, Input, type InputProps, Select } from '@cloudscape-design/components';
import { useApp } from './app-context.ts';

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
