import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './page-header.module.css';

export function PageHeader(props: { title: string; intro?: string; children?: ReactNode }) {
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        <Title order={1}>{props.title}</Title>
        {props.intro && <Text c="dimmed">{props.intro}</Text>}
      </div>
      {props.children}
    </header>
  );
}
