import { Alert, Button, Group, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiError, describeError } from '../api/client.ts';
import { common } from '../texts.ts';
import { Icon, type IconName } from './icons.tsx';
import classes from './page-states.module.css';
import { Wordmark } from './wordmark.tsx';

/** What a list says when there is nothing in it, and what to do then. */
export function EmptyState(props: {
  icon: IconName;
  title: string;
  text: string;
  /** The level of its heading among the page's. */
  order?: 1 | 2 | 3;
  children?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      <div className={classes.emptyIcon}>
        <Icon name={props.icon} size={26} />
      </div>
      <Title order={props.order ?? 3} size="h3">
        {props.title}
      </Title>
      <Text c="dimmed" size="sm" maw={420}>
        {props.text}
      </Text>
      {props.children && <Group mt="md">{props.children}</Group>}
    </div>
  );
}

export function LoadError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Alert
      color="red"
      variant="outline"
      icon={<Icon name="warning" />}
      title={common.loadFailed}
      role="alert"
      classNames={{ root: classes.problem, title: classes.problemTitle, icon: classes.problemIcon }}
    >
      <Text size="sm">{describeError(error)}</Text>
      <Button mt="sm" size="xs" variant="default" onClick={onRetry}>
        {common.retry}
      </Button>
    </Alert>
  );
}

/**
 * Why something could not be loaded, if it could not. Where the line is lost and something is shown already,
 * the frame's notice says enough: it may be out of date.
 */
export function QueryError(props: {
  query: { error: Error | null; data: unknown; refetch: () => unknown };
}) {
  const { error, data, refetch } = props.query;
  const isTold = error instanceof ApiError && error.status === 0 && data !== undefined;
  if (!error || isTold) return null;
  return <LoadError error={error} onRetry={() => void refetch()} />;
}

/** Grey bars in the shape of what is coming. */
export function LoadingRows({ count, height }: { count: number; height: number }) {
  return (
    <Stack gap="sm" component="output">
      <VisuallyHidden>{common.loading}</VisuallyHidden>
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} height={height} radius="md" />
      ))}
    </Stack>
  );
}

export function NotFound() {
  useDocumentTitle(`${common.notFoundTitle} · ${common.product}`);
  return (
    <main className={classes.lone}>
      <Wordmark />
      <Title order={1} mt="xl">
        {common.notFoundTitle}
      </Title>
      <Text c="dimmed" my="md">
        {common.notFoundText}
      </Text>
      <Button renderRoot={(rest) => <Link to="/leads" search={{ q: undefined }} {...rest} />}>
        {common.toLeads}
      </Button>
    </main>
  );
}

/** A page that could not be shown at all, such as when the server does not answer. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <main className={classes.lone}>
      <Title order={1} mb="lg" lh={1}>
        <Wordmark />
      </Title>
      <LoadError error={error} onRetry={retry} />
    </main>
  );
}
