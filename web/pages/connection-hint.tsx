import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { connectionsQuery } from '../api/connections.ts';
import { Icon } from '../components/icons.tsx';
import { lead as texts } from '../texts.ts';
import classes from './connection-hint.module.css';

/** Says what keeps events from the reader's calendars, and where to mend it; else nothing. */
export function ConnectionHint() {
  const { data: connections } = useQuery(connectionsQuery);
  if (!connections) return null;
  const ended = connections.filter(({ state }) => state === 'needs_reconnect');
  const isAnyLive = connections.some(({ state }) => state !== 'disconnected');
  if (isAnyLive && ended.length === 0) return null;

  const accounts = new Intl.ListFormat().format(ended.map(({ email }) => email));
  const text = isAnyLive ? texts.needsReconnect(accounts) : texts.notConnected;
  return (
    <div className={classes.hint} data-warning={isAnyLive}>
      <Icon name={isAnyLive ? 'warning' : 'calendar'} />
      <span className={classes.text}>{text}</span>
      <Link
        to="/settings/calendars"
        search={{ result: undefined, provider: undefined, missing: undefined }}
      >
        {texts.toSettings}
      </Link>
    </div>
  );
}
