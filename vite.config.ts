import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Builds web/ into dist/web, which the API server hands out. */
export default defineConfig({
  root: 'web',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The content security policy allows nothing but files of our own origin.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
  server: {
    host: '127.0.0.1',
    port: 4701,
    proxy: { '/api': `http://127.0.0.1:${process.env.PORT ?? 4700}` },
  },
});
