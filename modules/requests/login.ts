import * as z from 'zod';

/** The Nexthink account of the Operator, Data privacy "none (full access)" (R4). Travels sealed. */
export const Login = z.strictObject({
  username: z.string().min(1, 'must not be empty').max(256),
  password: z.string().min(1, 'must not be empty').max(1024),
});
export type Login = Readonly<z.infer<typeof Login>>;

/** The login for a run: an account, or `service-account` for the system's own account (only for machines). */
export const GivenLogin = z.union([Login, z.literal('service-account')], {
  error: 'must hold username and password, neither of them empty; machines may write "service-account" instead',
});
export type GivenLogin = Readonly<z.infer<typeof GivenLogin>>;

/** Body of `POST /v1/requests/{requestId}/login` and `/rerun`. */
export const GivenLoginBody = z.strictObject({ login: GivenLogin });

/** Body of `POST /v1/engines`. */
export const LoginOnlyBody = z.strictObject({ login: Login });
