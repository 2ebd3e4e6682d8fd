import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { connectionsQuery } from '../api/connections.ts';
import { Icon } from '../components/icons.tsx';
import { lead as texts } from '../texts.ts';
import classes from './connection-hint.module.css';

/** Says that no calendar is connected, and where to connect one; else nothing. */
export function ConnectionHint() {
  const { data: connections } = useQuery(connectionsQuery);
  if (!connections) return null;
  if (connections.some(({ state }) => state !== 'disconnected')) return null;
  return (
    <div className={classes.hint}>
      <Icon name="calendar" />
      <span className={classes.text}>{texts.notConnected}</span>
      <Link
        to="/settings/calendars"
        search={{ result: undefined, provider: undefined, missing: undefined }}
      >
        {texts.toSettings}
      </Link>
    </div>
  );
}
