import { TextInput, type TextInputProps } from '@mantine/core';
import { useLayoutEffect, useRef, useState } from 'react';

interface TypedInputProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string;
  onChange: (value: string) => void;
  /** Our form of what was typed, or undefined when it says nothing. */
  parse: (text: string) => string | undefined;
  /** How the value reads when nobody is typing. */
  format: (value: string) => string;
}

/**
 * A field for a date or time that reads well and takes what people type: in the viewer's own style
 * at rest, plain and selected while it has the focus. What cannot be read is kept for the form to
 * point at.
 */
export function TypedInput({ value, onChange, parse, format, ...rest }: TypedInputProps) {
  const [draft, setDraft] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const isTyping = draft !== undefined;

  useLayoutEffect(() => {
    if (isTyping) input.current?.select();
  }, [isTyping]);

  const type = (text: string) => {
    setDraft(text);
    onChange(parse(text) ?? text);
  };
  return (
    <TextInput
      {...rest}
      ref={input}
      autoComplete="off"
      value={draft ?? (parse(value) === value ? format(value) : value)}
      onFocus={() => setDraft(value)}
      onBlur={() => setDraft(undefined)}
      onChange={(change) => type(change.currentTarget.value)}
    />
  );
}
