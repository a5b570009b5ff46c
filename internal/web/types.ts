// What the generated types must say, checked by the compiler: a document that loses one of these does not pass.
import type { Invoices, Money, MeterTotal, operations, Problem, Report, Status } from '../../billing/portal/assets/api';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

// An amount is text, so that nobody computes with binary fractions by accident.
holds<Equal<Money['amount'], string>>();
// What is not known is null, and the compiler asks for it.
holds<Equal<MeterTotal['used'], string | null>>();
holds<Equal<Invoices['next'], string | null>>();
// States are closed sets.
holds<Equal<Report['state'], 'none' | 'running' | 'ready' | 'failed'>>();
holds<Equal<Status['step'], 'none' | 'refresh' | 'wait' | 'ask_support' | 'open_portal'>>();
holds<Equal<Extract<Problem['type'], 'urn:billhatch:problem:not_found'>, 'urn:billhatch:problem:not_found'>>();
// A change of the billing email needs its version.
holds<Equal<operations['change_email']['parameters']['header'], { 'If-Match': string }>>();
// The link of a portal session is in the answer of that operation alone.
holds<Equal<keyof operations['open_portal']['responses'][201]['content']['application/json'], 'way' | 'url'>>();
