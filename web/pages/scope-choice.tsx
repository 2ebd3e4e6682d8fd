import { Radio, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { scopes as texts } from '../texts.ts';
import type { Scope } from './scope.ts';
import classes from './scope-choice.module.css';

interface ScopeChoiceProps {
  label: string;
  offered: readonly Scope[];
  value: Scope;
  onChange: (scope: Scope) => void;
  /** What it comes to, under the choice. */
  descriptions?: Partial<Record<Scope, string>>;
  error?: ReactNode;
}

/** "This one, this and following, all": arrow keys choose, and the choice is forgotten afterwards. */
export function ScopeChoice(props: ScopeChoiceProps) {
  const { label, offered, value, onChange, descriptions = {}, error } = props;
  return (
    <Radio.Group
      label={label}
      value={value}
      error={error}
      onChange={(chosen) => onChange(chosen as Scope)}
    >
      <Stack gap="sm" mt="xs" mb={error ? 'xs' : undefined}>
        {offered.map((scope) => (
          <Radio
            key={scope}
            value={scope}
            classNames={{ radio: classes.radio }}
            label={texts.words[scope]}
            description={descriptions[scope]}
            {...(scope === value && { 'data-autofocus': true })}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
