import type { Platform } from '../nxql.ts';
import type { EngineTable } from './engine-table.ts';
import type { LinkedTable } from './linked-objects.ts';

/** A table of events, queried with the objects that are linked to each event. */
export interface EventTable extends EngineTable {
  /** Name of its CSV file, and what that file holds, in a sentence. */
  readonly file: string;
  readonly about: string;
  /** Its events have no user. */
  readonly devicesOnly?: true;
  /** Column with the start of an event. */
  readonly time: 'start_time' | 'time';
  /** Linked objects, whose columns stand beside the event's own; Windows has further ones, and some versions. */
  readonly links?: readonly LinkedTable[];
  readonly onWindows?: readonly LinkedTable[];
  readonly unsure?: readonly LinkedTable[];
  /** Platforms that record it; Windows and macOS when absent. */
  readonly platforms?: readonly Platform[];
}

const WINDOWS: readonly Platform[] = ['windows'];
const SOFTWARE: readonly LinkedTable[] = ['binary', 'executable', 'application'];

/** Tables of events by name, in the order in which they are queried. Source: docs/nxql.md, "What is asked". */
export const EVENTS: Readonly<Record<string, EventTable>> = {
  execution: {
    file: 'executions',
    about: 'programs that ran; runs close in time are one row',
    time: 'start_time',
    links: SOFTWARE,
    columns: {
      binary_path: ['path', 'path of the program; may hold the name of a person', 'path'],
      status: ['keyword', 'started or stopped', 'keep'],
      focus_time: ['milliseconds', 'how long its window was in front', 'keep'],
      privilege_level: ['keyword', 'rights it ran with', 'keep'],
      startup_duration: ['milliseconds', 'how long it took to start', 'keep'],
      total_cpu_time: ['milliseconds', 'processor time it used', 'keep'],
      memory_usage: ['bytes', 'memory it used', 'keep'],
      average_memory_usage: ['bytes', 'memory it used on average', 'keep'],
      incoming_tcp_traffic: ['bytes', 'received over TCP', 'keep'],
      outgoing_tcp_traffic: ['bytes', 'sent over TCP', 'keep'],
      incoming_udp_traffic: ['bytes', 'received over UDP', 'keep'],
      outgoing_udp_traffic: ['bytes', 'sent over UDP', 'keep'],
    },
  },
  connection: {
    file: 'connections',
    about: 'network connections; equal ones close in time are one row',
    time: 'start_time',
    links: [...SOFTWARE, 'destination', 'port'],
    unsure: ['service'],
    columns: {
      type: ['keyword', 'TCP or UDP', 'keep'],
      status: ['keyword', 'how it went', 'keep'],
      destination_ip_address: ['address', 'address of the destination', 'keep'],
      device_ip_address: ['address', 'address of the device', 'keep'],
      incoming_traffic: ['bytes', 'received', 'keep'],
      outgoing_traffic: ['bytes', 'sent', 'keep'],
      incoming_bitrate: ['bits per second', 'speed of what was received', 'keep'],
      outgoing_bitrate: ['bits per second', 'speed of what was sent', 'keep'],
      network_response_time: ['microseconds', 'time until the other side answered', 'keep'],
      network_interface_type: ['keyword', 'Wi-Fi, Ethernet, mobile...', 'keep'],
      network_interface_index: ['number', 'network interface of the device', 'keep'],
      network_interface_iana_code: ['text', 'kind of the network interface', 'keep'],
    },
  },
  web_request: {
    file: 'web_requests',
    about: 'web requests; equal ones close in time are one row',
    time: 'start_time',
    links: [...SOFTWARE, 'destination', 'domain', 'port'],
    onWindows: ['url_path'],
    unsure: ['service'],
    columns: {
      http_status: ['number', 'HTTP status', 'keep'],
      protocol: ['keyword', 'HTTP or TLS', 'keep'],
      protocol_version: ['keyword', 'version of the protocol', 'keep'],
      incoming_traffic: ['bytes', 'received', 'keep'],
      outgoing_traffic: ['bytes', 'sent', 'keep'],
      network_response_time: ['microseconds', 'time until the other side answered', 'keep'],
      connections_duration: ['milliseconds', 'how long its connections stood', 'keep'],
      service_related: ['yes/no', 'whether it belongs to a defined service', 'keep'],
    },
  },
  user_activity: {
    file: 'user_activity',
    about: 'logons and stretches of activity',
    time: 'time',
    columns: {
      type: ['keyword', 'logon, or a stretch of activity', 'keep'],
      real_duration: ['milliseconds', 'time until the desktop could be used', 'keep'],
    },
  },
  session_performance: {
    file: 'session_performance',
    about: 'remote and virtual sessions; recorded only where it was switched on',
    time: 'start_time',
    platforms: WINDOWS,
    columns: {
      client_ip: ['address', 'address that the session came from', 'keep'],
      session_protocol: ['keyword', 'protocol of the session', 'keep'],
      session_network_latency: ['milliseconds', 'delay of the network', 'keep'],
      citrix_rtt: ['milliseconds', 'delay as Citrix measures it', 'keep'],
      user_input_delay: ['milliseconds', 'delay between input and reaction', 'keep'],
    },
  },
  // Nothing documents a link to users: an Engine may refuse it.
  execution_error: {
    file: 'execution_errors',
    about: 'crashes of programs, and programs that did not respond',
    time: 'time',
    links: SOFTWARE,
    columns: {
      type: ['keyword', 'crash, or not responding', 'keep'],
      info: ['text', 'what was reported; free text', 'hide'],
    },
  },
  execution_warning: {
    file: 'execution_warnings',
    about: 'programs that used much processor or memory',
    time: 'start_time',
    links: SOFTWARE,
    columns: {
      type: ['keyword', 'high use of processor or memory', 'keep'],
      value: ['share', 'how high', 'keep'],
      info: ['text', 'what was reported; free text', 'hide'],
      warning_duration: ['milliseconds', 'how long it lasted', 'keep'],
    },
  },
  // Nothing documents its link: an Engine may refuse it.
  print_job: {
    file: 'print_jobs',
    about: 'print jobs',
    time: 'time',
    links: ['printer'],
    platforms: WINDOWS,
    columns: {
      status: ['keyword', 'how it went', 'keep'],
      number_of_pages: ['number', 'pages', 'keep'],
      size: ['bytes', 'size', 'keep'],
    },
  },
  // Nothing documents its link: an Engine may refuse it.
  port_scan: {
    file: 'port_scans',
    about: 'port scans that were detected',
    time: 'start_time',
    links: ['binary', 'destination'],
    platforms: WINDOWS,
    columns: {},
  },
  device_activity: {
    file: 'device_activity',
    about: 'starts of the system and stretches of activity',
    devicesOnly: true,
    time: 'time',
    columns: {
      type: ['keyword', 'start of the system, or a stretch of activity', 'keep'],
      boot_type: ['keyword', 'full or fast start', 'keep'],
    },
  },
  device_error: {
    file: 'device_errors',
    about: 'crashes of the system, hard resets, failing disks',
    devicesOnly: true,
    time: 'time',
    columns: {
      type: ['keyword', 'crash, hard reset or failing disk', 'keep'],
      info: ['text', 'what was reported; free text', 'keep'],
    },
  },
  device_warning: {
    file: 'device_warnings',
    about: 'times of high use of processor, memory or disk',
    devicesOnly: true,
    time: 'start_time',
    columns: {
      type: ['keyword', 'high use of processor, memory or disk', 'keep'],
      value: ['share', 'how high', 'keep'],
      info: ['text', 'what was reported; free text', 'keep'],
      warning_duration: ['milliseconds', 'how long it lasted', 'keep'],
    },
  },
  device_performance: {
    file: 'device_performance',
    about: 'hourly figures; recorded only where it was switched on',
    devicesOnly: true,
    time: 'start_time',
    platforms: WINDOWS,
    columns: {
      average_cpu_usage: ['per mille', 'processor use on average', 'keep'],
      normalized_cpu_usage: ['per mille', 'processor use, all cores counted as one', 'keep'],
      average_memory_usage: ['bytes', 'memory use on average', 'keep'],
      cpu_queue_length: ['number', 'length of the queue for the processor', 'keep'],
      read_operations: ['number', 'reads from disk', 'keep'],
      write_operations: ['number', 'writes to disk', 'keep'],
    },
  },
  // Nothing documents its link: an Engine may refuse it.
  installation: {
    file: 'installations',
    about: 'packages installed or removed',
    devicesOnly: true,
    time: 'time',
    links: ['package'],
    platforms: WINDOWS,
    columns: { type: ['keyword', 'installation or removal', 'keep'] },
  },
};
