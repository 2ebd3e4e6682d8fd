import { ActionIcon, Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useLiveUpdates } from '../api/live.ts';
import { SessionContext, sessionQuery } from '../api/session.ts';
import { common, navigation, shortcuts } from '../texts.ts';
import classes from './app-frame.module.css';
import { AttentionBanner } from './attention-banner.tsx';
import { Icon } from './icons.tsx';
import { Navigation } from './navigation.tsx';
import { useShortcuts } from './shortcuts.ts';
import { ViewerZone } from './viewer-zone.tsx';
import { Wordmark } from './wordmark.tsx';

const ShortcutsHelp = lazy(() =>
  import('./shortcuts-help.tsx').then((module) => ({ default: module.ShortcutsHelp })),
);

/** What surrounds every page behind the sign-in: navigation, live updates, the offline notice. */
export function AppFrame() {
  const { data: session } = useQuery(sessionQuery);
  const router = useRouter();
  const [isMenuOpen, menu] = useDisclosure(false);
  const main = useFocusOnMove(menu.close);
  const [isHelpOpen, help] = useDisclosure(false);
  // Stays once it was fetched, so that it can close.
  const [isHelpKnown, setHelpKnown] = useState(false);
  const openHelp = () => {
    menu.close();
    setHelpKnown(true);
    help.open();
  };
  useShortcuts([{ key: '?', label: shortcuts.help, run: openHelp }]);
  const user = session?.user;

  useEffect(() => {
    // Signed out elsewhere or expired: the route's guard leads to the sign-in.
    if (user === null) void router.invalidate();
  }, [user, router]);

  if (!session || !user) return null;
  return (
    <SessionContext value={{ ...session, user }}>
      <ViewerZone>
        <a className={classes.skip} href="#main">
          {common.skip}
        </a>
        <div className={classes.frame}>
          <nav className={classes.bar} aria-label={navigation.label}>
            <Wordmark />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="xl"
              className={classes.menuButton}
              aria-label={common.menu}
              aria-expanded={isMenuOpen}
              onClick={menu.open}
            >
              <Icon name="menu" size={24} />
            </ActionIcon>
          </nav>
          <aside className={classes.side}>
            <div className={classes.column}>
              <Navigation onHelp={openHelp} />
            </div>
          </aside>
          <main id="main" ref={main} tabIndex={-1} className={classes.main}>
            <AttentionBanner />
            <Outlet />
          </main>
        </div>
        <Drawer
          opened={isMenuOpen}
          onClose={menu.close}
          position="left"
          size={288}
          title={common.menu}
          closeButtonProps={{ 'aria-label': common.close }}
          classNames={{ body: classes.menuBody }}
        >
          <Navigation onHelp={openHelp} />
        </Drawer>
        {isHelpKnown && (
          <Suspense fallback={null}>
            <ShortcutsHelp isOpen={isHelpOpen} onClose={help.close} />
          </Suspense>
        )}
        <OfflineNotice />
      </ViewerZone>
    </SessionContext>
  );
}

function OfflineNotice() {
  const { isOnline } = useLiveUpdates();
  return (
    <output className={classes.notices}>
      {!isOnline && (
        <span className={classes.offline}>
          <Icon name="offline" />
          {common.offline}
        </span>
      )}
    </output>
  );
}

/** After a move to another page its content has the focus, as after a page load, or what the way led to. */
function useFocusOnMove(onMove: () => void) {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const hash = useRouterState({ select: (state) => state.resolvedLocation?.hash });
  const lastPath = useRef(path);
  useEffect(() => {
    if (lastPath.current && path !== lastPath.current) {
      onMove();
      const target = hash ? document.getElementById(hash) : null;
      (target ?? main.current)?.focus({ preventScroll: target === null });
    }
    lastPath.current = path;
  }, [path, hash, onMove]);
  return main;
}
