import { Autocomplete, type AutocompleteProps, Group, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { eventForm as texts } from '../texts.ts';
import { isKnownTimeZone, listTimeZones, offsetOf } from '../time/zones.ts';

interface ZoneFieldProps {
  value: string;
  onChange: (timeZone: string) => void;
  /** Zones that must be offered, whether this browser lists them or not. */
  wanted: string[];
}

const OPTIONS_MAX = 40;

/** An IANA zone, found by typing part of its name. What is not one falls back to the last that was. */
export function ZoneField({ value, onChange, wanted }: ZoneFieldProps) {
  const zones = useMemo(() => listTimeZones(...wanted), [wanted]);
  const [draft, setDraft] = useState<string>();

  const type = (text: string) => {
    setDraft(text);
    const zone = findZone(zones, text);
    if (zone) onChange(zone);
  };
  const matches = draft === undefined || findZone(zones, draft) ? [] : findMatches(zones, draft);
  return (
    <Autocomplete
      label={texts.timeZone}
      data={matches}
      filter={({ options }) => options}
      renderOption={renderZone}
      selectFirstOptionOnChange
      limit={OPTIONS_MAX}
      maxDropdownHeight={240}
      autoComplete="off"
      value={draft ?? value}
      onChange={type}
      onFocus={(focus) => focus.currentTarget.select()}
      onBlur={() => setDraft(undefined)}
    />
  );
}

function findZone(zones: string[], text: string): string | undefined {
  const name = text.trim();
  const listed = zones.find((zone) => zone.toLowerCase() === name.toLowerCase());
  // An older or newer name than the list's is as good, and is kept as it was given.
  return listed ?? (name.includes('/') && isKnownTimeZone(name) ? name : undefined);
}

function findMatches(zones: string[], text: string): string[] {
  const words = text
    .toLowerCase()
    .split(/[\s/_]+/)
    .filter(Boolean);
  const isMatch = (zone: string) => words.every((word) => zone.toLowerCase().includes(word));
  return zones.filter(isMatch).slice(0, OPTIONS_MAX);
}

const renderZone: AutocompleteProps['renderOption'] = ({ option }) => (
  <Group justify="space-between" wrap="nowrap" w="100%">
    <span>{option.value.replaceAll('_', ' ')}</span>
    <Text component="span" size="xs" c="dimmed">
      {offsetOf(option.value, new Date())}
    </Text>
  </Group>
);
