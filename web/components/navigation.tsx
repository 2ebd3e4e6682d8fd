import { UnstyledButton, VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useSession, useSignOut } from '../api/session.ts';
import { common, navigation, shortcuts } from '../texts.ts';
import { DecisionsLink } from './decisions-link.tsx';
import { Icon } from './icons.tsx';
import classes from './navigation.module.css';
import { Wordmark } from './wordmark.tsx';

/** Where one can go, and who one is; beside the page or, on a phone, in a drawer. */
export function Navigation({ onHelp }: { onHelp: () => void }) {
  const { user, tenant, sandbox_url: sandboxUrl } = useSession();
  const signOut = useSignOut();
  return (
    <div className={classes.column}>
      <div className={classes.brand}>
        <Wordmark />
      </div>
      <nav>
        <Link to="/leads" search={{ q: undefined }} className={classes.link}>
          <Icon name="leads" />
          {navigation.leads}
        </Link>
        <Link to="/calendar" search={anyDay} className={classes.link}>
          <Icon name="calendar" />
          {navigation.calendar}
        </Link>
        <DecisionsLink />
        <h2 className={classes.group}>
          {user.role === 'admin' ? navigation.admin : navigation.own}
        </h2>
        <Link to="/settings/calendars" search={noSearch} className={classes.link}>
          <Icon name="settings" />
          {navigation.settings}
        </Link>
        {sandboxUrl && (
          <a className={classes.link} href={sandboxUrl} target="_blank" rel="noreferrer">
            <Icon name="external" />
            {navigation.sandbox}
            <VisuallyHidden>{navigation.newTab}</VisuallyHidden>
          </a>
        )}
      </nav>
      <div className={classes.person}>
        <div className={classes.names}>
          <span className={classes.name}>{user.name}</span>
          <span className={classes.tenant}>{tenant?.name}</span>
        </div>
        <UnstyledButton className={classes.link} onClick={onHelp}>
          <Icon name="keyboard" />
          {shortcuts.open}
        </UnstyledButton>
        <UnstyledButton
          className={classes.link}
          onClick={() => signOut.mutate()}
          disabled={signOut.isPending}
        >
          <Icon name="signOut" />
          {common.signOut}
        </UnstyledButton>
      </div>
    </div>
  );
}

const noSearch = { result: undefined, provider: undefined, missing: undefined };
const anyDay = { view: undefined, date: undefined };
