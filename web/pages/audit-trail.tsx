import { Button, Group, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { AuditEntry } from '../../src/api/schemas/audit.ts';
import { auditQuery } from '../api/audit.ts';
import { Address } from '../components/address.tsx';
import { LoadingRows, QueryError } from '../components/page-states.tsx';
import { StackingTable } from '../components/stacking-table.tsx';
import { audit as texts } from '../texts.ts';
import { formatMoment } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import { describeChanges } from './audit-words.ts';
import classes from './settings-page.module.css';

/** For admins: who connected, disconnected, decided and changed the rules; the latest first. */
export function AuditTrail() {
  const list = useInfiniteQuery(auditQuery);
  const zone = useViewerZone();
  const now = useNow();
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <section className={classes.everybody} aria-labelledby="audit">
      <Title order={2} id="audit">
        {texts.title}
      </Title>
      <p className={classes.intro}>{texts.intro}</p>
      {list.isPending && <LoadingRows count={3} height={48} />}
      <QueryError query={list} />
      {list.isSuccess && entries.length === 0 && (
        <p className={`${classes.card} ${classes.nobody}`}>{texts.none}</p>
      )}
      {entries.length > 0 && (
        <div className={classes.card}>
          <StackingTable
            label={texts.title}
            columns={[texts.columns.what, texts.columns.who, texts.columns.when]}
            rows={entries.map((entry) => ({
              key: entry.id,
              cells: [
                <What key="what" entry={entry} />,
                entry.user.name,
                <time key="when" dateTime={entry.at} className={classes.nowrap}>
                  {formatMoment(new Date(entry.at), zone, now)}
                </time>,
              ],
            }))}
          />
        </div>
      )}
      {list.hasNextPage && (
        <Group justify="center" mt="md">
          <Button
            variant="default"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {texts.more}
          </Button>
        </Group>
      )}
    </section>
  );
}

function What({ entry }: { entry: AuditEntry }) {
  const action = texts.actions[entry.action];
  return (
    <>
      <Address
        text={entry.account ? texts.account(action, entry.account, entry.provider) : action}
      />
      {describeChanges(entry).map((line) => (
        <span key={line} className={classes.tableDetail}>
          {line}
        </span>
      ))}
    </>
  );
}
