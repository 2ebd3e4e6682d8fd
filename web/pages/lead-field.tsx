import { Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Lead } from '../../src/api/schemas/leads.ts';
import { describeError } from '../api/client.ts';
import { leadsQuery } from '../api/leads.ts';
import { calendarPage as texts, common } from '../texts.ts';

/** A pause in typing that means the word is finished. */
const TYPING_PAUSE_MS = 250;

/** The lead of a new event: the given one, or the one that is chosen in `LeadField`. */
export function useLeadChoice(given: string | undefined) {
  const [chosen, setChosen] = useState<string>();
  const [error, setError] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  return {
    id: given ?? chosen,
    refuse: () => {
      setError(texts.leadMissing);
      input.current?.focus();
    },
    field: {
      input,
      value: chosen,
      error,
      onChange: (id: string | undefined) => {
        setChosen(id);
        setError(undefined);
      },
    },
  };
}

type LeadFieldProps = ReturnType<typeof useLeadChoice>['field'];

/** A lead by name or company, found by the server as one types. */
export function LeadField({ input, value, error, onChange }: LeadFieldProps) {
  const [typed, setTyped] = useState('');
  const [picked, setPicked] = useState<Lead>();
  const [search] = useDebouncedValue(typed.trim(), TYPING_PAUSE_MS);
  // What is chosen stands in the field; it is nothing to search for.
  const query = picked && typed === labelOf(picked) ? '' : search;
  const list = useInfiniteQuery({ ...leadsQuery(query), placeholderData: (before) => before });
  const found = list.data?.pages[0]?.leads ?? [];
  const offered = picked && !found.some(({ id }) => id === picked.id) ? [picked, ...found] : found;
  return (
    <Select
      ref={input}
      label={texts.lead}
      placeholder={texts.leadHint}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': common.clear }}
      value={value ?? null}
      error={error ?? (list.isError ? describeError(list.error) : undefined)}
      onChange={(id) => {
        setPicked(offered.find((lead) => lead.id === id));
        onChange(id ?? undefined);
      }}
      searchValue={typed}
      onSearchChange={setTyped}
      data={offered.map((lead) => ({ value: lead.id, label: labelOf(lead) }))}
      // The server has looked already.
      filter={({ options }) => options}
      nothingFoundMessage={list.isFetching ? common.loading : texts.leadNone}
      rightSection={list.isFetching && typed ? <Loader size={16} /> : undefined}
      maxDropdownHeight={260}
      // Over what is told of the field, not beside it: half a line would look out.
      comboboxProps={{ offset: 2 }}
    />
  );
}

const labelOf = ({ name, company }: Lead) => (company ? `${name}, ${company}` : name);
