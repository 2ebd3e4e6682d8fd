import { useLayoutEffect } from 'react';

/**
 * Keeps the page from scrolling while what calls this is there. Mantine's own lock adds a style sheet,
 * for which every element of the page is matched anew: 30 ms with 500 events behind the form.
 */
export function useScrollLock(): void {
  useLayoutEffect(() => {
    const { documentElement: root, body } = document;
    // Where the scrollbar takes room, nothing moves as it goes.
    const barWidth = window.innerWidth - root.clientWidth;
    root.style.overflow = 'hidden';
    body.style.paddingInlineEnd = `${barWidth}px`;
    return () => {
      root.style.overflow = '';
      body.style.paddingInlineEnd = '';
    };
  }, []);
}
