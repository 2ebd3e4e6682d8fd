import { Checkbox, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CalendarEvents } from '../../../src/api/schemas/calendar-events.ts';
import { colleaguesQuery } from '../../api/calendar-events.ts';
import { Address } from '../../components/address.tsx';
import { LoadError, LoadingRows } from '../../components/page-states.tsx';
import { ProviderGlyph } from '../../components/provider-glyph.tsx';
import { calendarPage as texts, providerNames } from '../../texts.ts';
import classes from './calendar-choice.module.css';
import grid from './calendar-grid.module.css';
import { type Tones, toneOfPerson } from './event-inputs.ts';
import { HERE, PEOPLE_MAX, type useShown } from './shown.ts';

interface CalendarChoiceProps {
  isLoading: boolean;
  /** Undefined: not known. */
  calendars: CalendarEvents['calendars'] | undefined;
  /** Whether anything is in no calendar. */
  hasHere: boolean;
  tones: Tones;
  shown: ReturnType<typeof useShown>;
}

/** Which calendars are shown, in which colours, and whose busy times beside them. */
export function CalendarChoice(props: CalendarChoiceProps) {
  const { isLoading, calendars, hasHere, tones, shown } = props;
  const { hidden, toggle } = shown;
  const isSeveral = new Set(calendars?.map(({ account }) => account)).size > 1;
  const entry = (id: string, label: React.ReactNode) => (
    <li key={id} className={grid[`tone-${tones.get(id) ?? HERE}`]}>
      <Checkbox
        size="sm"
        classNames={{ root: classes.entry, input: classes.box, body: classes.body }}
        label={label}
        checked={!hidden.includes(id)}
        onChange={() => toggle('hidden', id)}
      />
    </li>
  );
  return (
    <div className={classes.choice}>
      <section aria-labelledby="own-calendars">
        <h2 id="own-calendars" className={classes.heading}>
          {texts.mine}
        </h2>
        {isLoading && calendars === undefined && <LoadingRows count={2} height={24} />}
        {!isLoading && calendars === undefined && <Note text={texts.calendarsUnknown} />}
        <ul className={classes.list}>
          {calendars?.map(({ id, name, provider, account }) =>
            entry(
              id,
              <span className={classes.name}>
                <Address text={name} />
                {isSeveral && (
                  <span className={classes.account}>
                    <ProviderGlyph provider={provider} size={12} />
                    <span className={classes.address}>
                      <Address text={name === account ? providerNames[provider] : account} />
                    </span>
                  </span>
                )}
              </span>,
            ),
          )}
          {(hasHere || calendars?.length === 0) && entry(HERE, texts.here)}
        </ul>
      </section>
      <Colleagues shown={shown} />
    </div>
  );
}

/** From so many on they are found by typing. */
const SEARCH_FROM = 8;

function Colleagues({ shown }: { shown: CalendarChoiceProps['shown'] }) {
  const list = useQuery(colleaguesQuery);
  const [typed, setTyped] = useState('');
  const { people, toggle } = shown;
  const all = list.data?.colleagues ?? [];
  if (list.isError) return <LoadError error={list.error} onRetry={() => void list.refetch()} />;
  if (all.length === 0) return null;
  const found = all.filter(
    ({ id, name }) =>
      people.includes(id) || name.toLocaleLowerCase().includes(typed.trim().toLocaleLowerCase()),
  );
  const isFull = people.length >= PEOPLE_MAX;
  return (
    <section aria-labelledby="colleagues">
      <h2 id="colleagues" className={classes.heading}>
        {texts.colleagues}
      </h2>
      <Text size="xs" c="dimmed" mb={6}>
        {texts.colleaguesHint}
      </Text>
      {all.length >= SEARCH_FROM && (
        <TextInput
          size="xs"
          mb={6}
          type="search"
          aria-label={texts.findColleague}
          placeholder={texts.findColleague}
          value={typed}
          onChange={(change) => setTyped(change.currentTarget.value)}
        />
      )}
      <ul className={classes.people}>
        {found.map(({ id, name }) => (
          <li key={id} className={grid[`tone-${toneOfPerson(people, id)}`]}>
            <Checkbox
              size="sm"
              classNames={{ root: classes.entry, input: classes.box, body: classes.body }}
              label={name}
              checked={people.includes(id)}
              disabled={isFull && !people.includes(id)}
              onChange={() => toggle('people', id)}
            />
          </li>
        ))}
      </ul>
      {found.length === 0 && <Note text={texts.noneFound} />}
      {isFull && <Note text={texts.peopleMax(PEOPLE_MAX)} />}
      {list.data?.has_more && <Note text={texts.morePeople} />}
    </section>
  );
}

const Note = ({ text }: { text: string }) => (
  <Text size="xs" c="dimmed" mt={6}>
    {text}
  </Text>
);
