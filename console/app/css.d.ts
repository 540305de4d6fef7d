/** The bundler takes style sheets in (local/build-console.ts). */
declare module '*.css';
