/** Version of this tool, as in package.json. */
export const TOOL_VERSION = '0.2.0';
