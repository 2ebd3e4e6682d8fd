import type { ReactNode } from 'react';

/** Our own line icons, 20 × 20. They only ever stand beside words, so readers skip them. */
const shapes = {
  leads: (
    <>
      <circle cx="7.5" cy="7" r="3" />
      <path d="M2 16.5c.6-3 2.7-4.5 5.5-4.5s4.9 1.5 5.5 4.5M13 4.3a3 3 0 0 1 0 5.4M15 12.4c1.7.6 2.7 2 3 4.1" />
    </>
  ),
  settings: (
    <>
      <path d="M3 6h6M13 6h4M3 14h3M10 14h7" />
      <circle cx="11" cy="6" r="2" />
      <circle cx="8" cy="14" r="2" />
    </>
  ),
  calendar: <path d="M3.5 5.5h13v11h-13zM3.5 9h13M7 3.5v3.5M13 3.5v3.5" />,
  search: (
    <>
      <circle cx="9" cy="9" r="5" />
      <path d="m13 13 4 4" />
    </>
  ),
  plus: <path d="M10 4v12M4 10h12" />,
  back: <path d="m11.5 5-5 5 5 5" />,
  next: <path d="m8.5 5 5 5-5 5" />,
  pin: (
    <>
      <path d="M10 17.5s5.5-4.7 5.5-9a5.5 5.5 0 1 0-11 0c0 4.3 5.5 9 5.5 9z" />
      <circle cx="10" cy="8.5" r="1.8" />
    </>
  ),
  lock: <path d="M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9" />,
  mail: <path d="M3 5h14v10H3zM3 6l7 5.5L17 6" />,
  phone: (
    <path d="M4 3.5h3l1.3 3.6-1.8 1.3a9.5 9.5 0 0 0 5 5l1.4-1.8 3.6 1.3v3c-7 .9-13.3-5.4-12.5-12.4z" />
  ),
  company: <path d="M4 17V4h8v13M12 8h4v9M2.5 17h15M6.5 7h3M6.5 10h3M6.5 13h3" />,
  external: <path d="M11 4h5v5M16 4l-7 7M14 11.5V16H4V6h4.5" />,
  signOut: <path d="M12 4H4.5v12H12M9 10h8M14 7l3 3-3 3" />,
  check: <path d="m4.5 10.5 3.5 3.5 7.5-8" />,
  clock: (
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="M10 6.5V10l2.5 1.8" />
    </>
  ),
  arrows: (
    <path d="M4 8a6.2 6.2 0 0 1 11-1.5L16.5 8M16.5 4v4h-4M16 12a6.2 6.2 0 0 1-11 1.5L3.5 12M3.5 16v-4h4" />
  ),
  warning: <path d="M10 3.5 17.5 16h-15zM10 8.5v3.5M10 14v.2" />,
  stop: (
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="m7.5 7.5 5 5M12.5 7.5l-5 5" />
    </>
  ),
  pause: (
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="M8.3 7.5v5M11.7 7.5v5" />
    </>
  ),
  offline: (
    <path d="M3 3l14 14M2.5 8.5a11 11 0 0 1 4-2.4M10 5c2.9 0 5.5 1.3 7.5 3.5M5.5 11.5a6.5 6.5 0 0 1 3-1.7M13 10.6c.6.2 1 .5 1.5.9M10 15.5v.2" />
  ),
  keyboard: <path d="M2.5 5.5h15v9h-15zM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M7 11.5h6" />,
  question: (
    <>
      <circle cx="10" cy="10" r="6.5" />
      <path d="M8 8.3a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M10 13.5v.2" />
    </>
  ),
  menu: <path d="M3 6h14M3 10h14M3 14h14" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      data-turns={name === 'back' || name === 'next' || undefined}
      style={{ flex: 'none' }}
    >
      {shapes[name]}
    </svg>
  );
}
