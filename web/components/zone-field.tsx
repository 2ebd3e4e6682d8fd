import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { type KeyboardEvent, useEffect, useMemo, useState } from 'react';
import { eventForm as texts } from '../texts.ts';
import { useNow } from '../time/use-now.ts';
import { isKnownTimeZone, listTimeZones, offsetOf } from '../time/zones.ts';
import classes from './zone-field.module.css';

interface ZoneFieldProps {
  value: string;
  onChange: (timeZone: string) => void;
  /** Zones that must be offered, whether this browser lists them or not. */
  wanted: string[];
}

const OPTIONS_MAX = 40;

/** An IANA zone, found by typing part of its name. What is none falls back to the last that was. */
export function ZoneField({ value, onChange, wanted }: ZoneFieldProps) {
  const zones = useMemo(() => listTimeZones(...wanted), [wanted]);
  const [draft, setDraft] = useState<string>();
  const now = useNow();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const matches = draft === undefined ? [] : findMatches(zones, draft);

  // What is typed moves the list, so Enter always takes its first line.
  useEffect(() => {
    if (draft !== undefined) combobox.selectFirstOption();
  }, [draft, combobox]);

  const type = (text: string) => {
    setDraft(text);
    const zone = findZone(zones, text);
    if (zone) {
      onChange(zone);
      return combobox.closeDropdown();
    }
    combobox.openDropdown();
  };
  const choose = (zone: string) => {
    onChange(zone);
    setDraft(undefined);
    combobox.closeDropdown();
  };
  // Enter chooses from an open list; it must not send the form when nothing matches.
  const keepFormOpen = (key: KeyboardEvent) => {
    if (key.key === 'Enter' && combobox.dropdownOpened) key.preventDefault();
  };
  const leave = () => {
    setDraft(undefined);
    combobox.closeDropdown();
  };
  return (
    <Combobox store={combobox} onOptionSubmit={choose}>
      <Combobox.Target withExpandedAttribute>
        <TextInput
          label={texts.timeZone}
          autoComplete="off"
          rightSection={<Combobox.Chevron />}
          rightSectionPointerEvents="none"
          value={draft ?? value}
          onChange={(change) => type(change.currentTarget.value)}
          onFocus={(focus) => focus.currentTarget.select()}
          onBlur={leave}
          onKeyDown={keepFormOpen}
        />
      </Combobox.Target>
      {combobox.dropdownOpened && (
        <Combobox.Dropdown>
          <Combobox.Options aria-label={texts.zoneMatches} className={classes.options}>
            {matches.map((zone) => (
              <Combobox.Option key={zone} value={zone} className={classes.option}>
                <span>{zone.replaceAll('_', ' ')}</span>
                <span className={classes.offset}>{offsetOf(zone, now)}</span>
              </Combobox.Option>
            ))}
            {matches.length === 0 && <Combobox.Empty>{texts.zoneUnknown}</Combobox.Empty>}
          </Combobox.Options>
        </Combobox.Dropdown>
      )}
    </Combobox>
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
