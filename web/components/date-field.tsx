import { ActionIcon, Popover, TextInput } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { lazy, type ReactNode, Suspense } from 'react';
import { formatDate, formatTime } from '../time/format.ts';
import { parseDate, parseTime } from '../time/wall-clock.ts';
import { Icon } from './icons.tsx';
import { TypedInput } from './typed-input.tsx';

const MonthPicker = lazy(() =>
  import('./month-picker.tsx').then((module) => ({ default: module.MonthPicker })),
);

/** Touch devices have good pickers of their own. */
const TOUCH = '(pointer: coarse)';

interface WhenFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: ReactNode;
  'data-path'?: string;
}

/** A date as `2026-11-24`: typed, or chosen from a calendar. */
export function DateField({ pickerLabel, ...props }: WhenFieldProps & { pickerLabel: string }) {
  const isTouch = useMediaQuery(TOUCH);
  const { onChange, ...rest } = props;
  if (isTouch) {
    return (
      <TextInput
        {...rest}
        type="date"
        onChange={(change) => onChange(change.currentTarget.value)}
      />
    );
  }
  return (
    <TypedInput
      {...props}
      parse={parseDate}
      format={formatDate}
      rightSection={<PickerButton label={pickerLabel} value={props.value} onChange={onChange} />}
    />
  );
}

/** A time as `09:00`, typed. */
export function TimeField(props: WhenFieldProps) {
  const isTouch = useMediaQuery(TOUCH);
  const { onChange, ...rest } = props;
  if (isTouch) {
    return (
      <TextInput
        {...rest}
        type="time"
        onChange={(change) => onChange(change.currentTarget.value)}
      />
    );
  }
  return <TypedInput {...props} parse={parseTime} format={formatTime} />;
}

function PickerButton({ label, value, onChange }: Omit<WhenFieldProps, 'error'>) {
  const [isOpen, picker] = useDisclosure(false);
  const choose = (date: string) => {
    onChange(date);
    picker.close();
  };
  return (
    <Popover opened={isOpen} onChange={picker.set} trapFocus returnFocus shadow="md">
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={picker.toggle}>
          <Icon name="calendar" size={18} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <Suspense fallback={null}>
          <MonthPicker value={parseDate(value)} onChange={choose} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
