import { Button, CloseButton, Group, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure, useDocumentTitle } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { leadsQuery } from '../api/leads.ts';
import { Icon } from '../components/icons.tsx';
import { PageHeader } from '../components/page-header.tsx';
import { EmptyState, LoadError, LoadingRows } from '../components/page-states.tsx';
import { useShortcuts } from '../components/shortcuts.ts';
import { common, leads as texts, shortcuts } from '../texts.ts';
import { AddLead } from './add-lead.tsx';
import { FirstSteps } from './first-steps.tsx';
import { LeadRows } from './lead-rows.tsx';
import classes from './leads-page.module.css';

/** A pause in typing that means the word is finished. */
const TYPING_PAUSE_MS = 250;

export function LeadsPage() {
  useDocumentTitle(`${texts.title} · ${common.product}`);
  const { q = '' } = useSearch({ from: '/frame/leads' });
  const [isAdding, adding] = useDisclosure(false);
  const { typed, setTyped } = useSearchText(q);
  const list = useInfiniteQuery({ ...leadsQuery(q), placeholderData: (previous) => previous });
  const found = list.data?.pages.flatMap((page) => page.leads) ?? [];

  const searchField = useRef<HTMLInputElement>(null);
  useShortcuts([
    { key: '/', label: shortcuts.search, run: () => searchField.current?.focus() },
    { key: 'n', label: shortcuts.addLead, run: adding.open },
  ]);

  return (
    <>
      <PageHeader title={texts.title}>
        <Button leftSection={<Icon name="plus" />} onClick={adding.open}>
          {texts.add}
        </Button>
      </PageHeader>
      {list.isSuccess && !q && <FirstSteps leads={found} />}
      <div className={classes.tools}>
        <TextInput
          ref={searchField}
          type="search"
          className={classes.search}
          aria-label={texts.search}
          placeholder={texts.searchPlaceholder}
          leftSection={<Icon name="search" size={18} />}
          rightSection={
            typed && (
              <CloseButton size="sm" aria-label={texts.clearSearch} onClick={() => setTyped('')} />
            )
          }
          maxLength={200}
          value={typed}
          onChange={(change) => setTyped(change.currentTarget.value)}
        />
        <Text size="sm" c="dimmed" component="output">
          {found.length > 0 && texts.found(found.length, list.hasNextPage)}
        </Text>
      </div>
      {list.isPending && <LoadingRows count={6} height={64} />}
      {list.isError && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && found.length === 0 && (
        <div className={classes.card}>
          {q ? (
            <EmptyState
              order={2}
              icon="search"
              title={texts.noMatchTitle}
              text={texts.noMatchText(q)}
            >
              <Button variant="default" onClick={() => setTyped('')}>
                {texts.clearSearch}
              </Button>
            </EmptyState>
          ) : (
            <EmptyState order={2} icon="leads" title={texts.emptyTitle} text={texts.emptyText} />
          )}
        </div>
      )}
      {found.length > 0 && <LeadRows leads={found} />}
      {list.hasNextPage && (
        <Group justify="center" mt="lg">
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {texts.more}
          </Button>
        </Group>
      )}
      <AddLead isOpen={isAdding} onClose={adding.close} />
    </>
  );
}

/** The text in the field follows the keys; the address, and with it the list, follows the pauses. */
function useSearchText(q: string) {
  const navigate = useNavigate();
  const [typed, setTypedText] = useState(q);
  const search = useDebouncedCallback((text: string) => {
    void navigate({ to: '/leads', search: { q: text.trim() || undefined }, replace: true });
  }, TYPING_PAUSE_MS);
  const setTyped = (text: string) => {
    setTypedText(text);
    search(text);
  };
  return { typed, setTyped };
}
