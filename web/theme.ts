import {
  Button,
  createTheme,
  type CSSVariablesResolver,
  Drawer,
  InputWrapper,
  type MantineColorsTuple,
  Modal,
  Notification,
} from '@mantine/core';
import { common } from './texts.ts';

/** Petrol: the one accent. Shade 7 carries white text and shade 4 dark ground, both above 4.5:1. */
const petrol: MantineColorsTuple = [
  '#eaf6f8',
  '#d3eaee',
  '#a6d5dd',
  '#75bfcb',
  '#4fadbc',
  '#2f97a8',
  '#1a7d90',
  '#0f6577',
  '#0c5364',
  '#083f4d',
];

/** Warm greys for paper and ink. */
const stone: MantineColorsTuple = [
  '#faf9f7',
  '#f4f2ee',
  '#e9e6e0',
  '#dcd8d0',
  '#c4bfb5',
  '#a19b90',
  '#78736a',
  '#5c5850',
  '#3d3a35',
  '#262420',
];

const night: MantineColorsTuple = [
  '#e4e7ea',
  '#c3c9cf',
  '#a4acb4',
  '#6d7780',
  '#454e57',
  '#333b43',
  '#262d34',
  '#1b2127',
  '#14191e',
  '#0e1216',
];

/** For what takes something away; white text on shade 7. */
const danger: MantineColorsTuple = [
  '#fdeeec',
  '#f9dad6',
  '#f2b3ac',
  '#ec8a80',
  '#e6675b',
  '#d94a3d',
  '#c63a2e',
  '#b3261e',
  '#921c15',
  '#75130e',
];

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, danger, gray: stone, dark: night },
  black: '#22262a',
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '20px' },
  fontFamily:
    'Inter, "Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, Roboto, "Open Sans", sans-serif',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem', lineHeight: '1.4' },
      h3: { fontSize: '1rem', lineHeight: '1.45' },
    },
  },
  cursorType: 'pointer',
  components: {
    Button: Button.extend({ styles: { label: { fontWeight: 600 } } }),
    InputWrapper: InputWrapper.extend({ styles: { label: { marginBottom: 4, fontWeight: 600 } } }),
    Modal: Modal.extend({
      defaultProps: { centered: true, padding: 'lg', overlayProps: { backgroundOpacity: 0.4 } },
      styles: { title: { fontSize: '1.125rem', fontWeight: 650 } },
    }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { 'aria-label': common.close } },
    }),
    Drawer: Drawer.extend({
      defaultProps: { position: 'right', overlayProps: { backgroundOpacity: 0.4 } },
      styles: { title: { fontSize: '1.25rem', fontWeight: 650 } },
    }),
  },
});

/** Where Mantine's own greys and reds are too faint to be read (WCAG 2.2, 1.4.3), ours stand in. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#22262a',
    '--mantine-color-dimmed': '#5f5b53',
    '--mantine-color-placeholder': '#716c63',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#0f6577',
    '--mantine-color-default-border': '#d3cec4',
    '--k-canvas': '#f6f4f0',
    '--k-surface': '#ffffff',
    '--k-sunken': '#f4f2ee',
    '--k-line': '#e4e0d8',
    '--k-field': '#8f887d',
    '--k-accent': '#0f6577',
    '--k-accent-soft': '#e6f3f5',
    '--k-good': '#1c6b3f',
    '--k-good-soft': '#e7f4ec',
    '--k-busy': '#0f6577',
    '--k-busy-soft': '#e6f3f5',
    '--k-warn': '#8a4b00',
    '--k-warn-soft': '#fdf1dd',
    '--k-bad': '#b3261e',
    '--k-bad-soft': '#fcebe9',
    '--k-quiet': '#5f5b53',
    '--k-quiet-soft': '#f1efea',
    '--k-shadow': '0 1px 2px rgb(60 50 30 / 5%), 0 4px 14px rgb(60 50 30 / 4%)',
  },
  dark: {
    '--mantine-color-body': '#1b2127',
    '--mantine-color-text': '#e4e7ea',
    '--mantine-color-dimmed': '#a4acb4',
    '--mantine-color-placeholder': '#8f98a1',
    '--mantine-color-error': '#ff9a90',
    '--mantine-color-anchor': '#75bfcb',
    '--mantine-color-default-border': '#3c454e',
    '--k-canvas': '#12171b',
    '--k-surface': '#1b2127',
    '--k-sunken': '#161b20',
    '--k-line': '#2b333a',
    '--k-field': '#6d7780',
    '--k-accent': '#75bfcb',
    '--k-accent-soft': '#14323a',
    '--k-good': '#7fd3a2',
    '--k-good-soft': '#15301f',
    '--k-busy': '#8accd7',
    '--k-busy-soft': '#14323a',
    '--k-warn': '#f2b968',
    '--k-warn-soft': '#362611',
    '--k-bad': '#ff9a90',
    '--k-bad-soft': '#3d1c1a',
    '--k-quiet': '#a4acb4',
    '--k-quiet-soft': '#262d34',
    '--k-shadow': '0 1px 2px rgb(0 0 0 / 30%)',
  },
});
