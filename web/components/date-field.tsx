import { ActionIcon, Popover, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { formatDate, formatTime } from '../time/format.ts';
import { parseDate, parseTime } from '../time/wall-clock.ts';
import { Icon } from './icons.tsx';
import type { MonthPicker } from './month-picker.tsx';
import { TypedInput } from './typed-input.tsx';

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
  const [isOpen, setOpen] = useState(false);
  const [picker, setPicker] = useState<{ MonthPicker: typeof MonthPicker }>();
  const toggle = async () => {
    // Loaded before it opens: the focus can only go to what is there.
    setPicker(await import('./month-picker.tsx'));
    setOpen(!isOpen);
  };
  const choose = (date: string) => {
    onChange(date);
    setOpen(false);
  };
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus returnFocus shadow="md">
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={label}
          onClick={() => void toggle().catch(() => setOpen(false))}
        >
          <Icon name="calendar" size={18} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        {picker && <picker.MonthPicker value={parseDate(value)} onChange={choose} />}
      </Popover.Dropdown>
    </Popover>
  );
}
