import { Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { AdminConnections } from '../../src/api/schemas/connections.ts';
import { adminConnectionsQuery } from '../api/connections.ts';
import { useSession } from '../api/session.ts';
import { LoadError, LoadingRows } from '../components/page-states.tsx';
import { ProviderGlyph } from '../components/provider-glyph.tsx';
import { ConnectionState } from '../components/state-chip.tsx';
import { settings as texts } from '../texts.ts';
import { formatRelative } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { usableZone } from '../time/zones.ts';
import classes from './settings-page.module.css';

/** For admins: how every connection in the tenant stands, and nothing of what is in it. */
export function EverybodysConnections() {
  const list = useQuery(adminConnectionsQuery);
  return (
    <div className={classes.everybody}>
      <Title order={2} id="everybody">
        {texts.everybody}
      </Title>
      <p className={classes.intro}>{texts.everybodyIntro}</p>
      {list.isPending && <LoadingRows count={3} height={48} />}
      {list.isError && <LoadError error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <p className={`${classes.card} ${classes.nobody}`}>{texts.nobody}</p>
      )}
      {list.data && list.data.length > 0 && <ConnectionTable connections={list.data} />}
    </div>
  );
}

function ConnectionTable({ connections }: AdminConnections) {
  return (
    // A wide table scrolls by itself, so the keyboard must be able to reach it.
    <section
      className={`${classes.card} ${classes.scroll}`}
      aria-labelledby="everybody"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <table className={classes.table}>
        <thead>
          <tr>
            {Object.values(texts.columns).map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {connections.map((connection) => (
            <ConnectionRow key={connection.id} connection={connection} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ConnectionRow({ connection }: { connection: AdminConnections['connections'][number] }) {
  const zone = usableZone(useSession().user.time_zone);
  const now = useNow();
  return (
    <tr>
      <th scope="row" className={classes.nowrap}>
        {connection.user.name}
      </th>
      <td>
        <span className={classes.tableCalendar}>
          <ProviderGlyph provider={connection.provider} />
          <span>{connection.email}</span>
        </span>
      </td>
      <td>
        <ConnectionState state={connection.state} />
        {connection.reason && <span className={classes.tableReason}>{connection.reason}</span>}
        {connection.quiet_count > 0 && (
          <span className={classes.tableReason}>{texts.quiet(connection.quiet_count)}</span>
        )}
        {connection.brake_count > 0 && (
          <span className={classes.tableReason}>{texts.brakes(connection.brake_count)}</span>
        )}
      </td>
      <td className={classes.nowrap}>
        {connection.last_synced_at
          ? formatRelative(new Date(connection.last_synced_at), zone, now)
          : texts.neverSynced}
      </td>
      <td className={classes.nowrap}>
        {connection.waiting_count > 0
          ? texts.waitingCount(connection.waiting_count)
          : texts.nothingWaits}
      </td>
    </tr>
  );
}
