"""Every accepted difference between Wine and Windows, with what Windows does, and how we know.

A case that stands here must come out as `windows` says with anyreg, and otherwise on Wine; all
others must come out alike.  Wine's tests are run on Windows by its developers, so what they expect
is Windows' behaviour, also where Wine fails them (todo_wine).
"""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """What Windows makes of a case that Wine makes something else of.

    Attributes:
        windows: The outcome on Windows.
        why: How we know.
    """

    windows: str
    why: str


DENIED = "PermissionError: winerror 5, errno 13"
DELETED = "OSError: winerror 1018, errno 22"
EXISTS = "FileExistsError: winerror 183, errno 17"
HANDLE = "OSError: winerror 6, errno 9"
MISSING = "FileNotFoundError: winerror 2, errno 2"
PARAMETER = "OSError: winerror 87, errno 22"
TOO_LONG = "FileNotFoundError: winerror 206, errno 2"

# Why, and the outcome on Windows of each case that it is true of.
KNOWN: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "Windows keeps the values of a key in the order in which they were first set: Wine's "
        "own test_rw_order, checked on Windows, marks its sorting as a todo.",
        {
            "enumeration.order_of_values[backwards]": "['c', 'b', 'a']",
            "enumeration.order_of_values[mixed]": "['b', 'C', 'a', 'D']",
            "enumeration.order_of_values[digits]": "['b', '1', 'a', '0']",
            "enumeration.order_of_values[lengths]": "['aa', 'a', 'b']",
            "enumeration.order_of_values[numbers]": "['10', '9', '1', '2']",
            "enumeration.order_of_values[latin]": "['z', '\\xe4', 'a']",
            "enumeration.order_of_values[greek]": "['\\u03c9', '\\u03b1']",
            "enumeration.order_of_values[kana]": "['\\u30a2', 'a', '\\u3042']",
            "enumeration.order_of_values[prefix]": "['ab', 'a', 'a b', 'a-b']",
            "enumeration.order_of_values[astral]": "['\\U0001f600', '\\uffff', 'a']",
            "enumeration.order_of_values[cases]": "['aB', 'Ab2', 'AB1']",
            "enumeration.values_set_again_keep_their_place": "['c', 'a', 'b']",
            "enumeration.a_value_deleted_and_set_again_is_last": "['b', 'c', 'a']",
            "enumeration.the_default_value_has_no_place_of_its_own": "['a', 'b', '']",
        },
    ),
    (
        "Windows sorts subkeys by their upper-cased names, so letters come before what ASCII "
        "has between the cases: the lists of every healthy real hive are in that order, and "
        "check() asks for it. Wine lower-cases.",
        {
            "enumeration.order_of_what_stands_between_the_cases[underscore]": "['a', 'Z', '_']",
            "enumeration.order_of_what_stands_between_the_cases[bracket]": "['a', 'Z', '[']",
            "enumeration.order_of_what_stands_between_the_cases[backquote]": "['a', 'Z', '`']",
            "enumeration.order_of_what_stands_between_the_cases[caret]": "['a', 'Z', '^']",
            "enumeration.order_of_what_stands_between_the_cases[all]": (
                "['a', 'Z', '[', ']', '^', '_', '`', '{']"
            ),
        },
    ),
    (
        "Windows compares names by its own table, RtlUpcaseUnicodeChar, which has no pairs of "
        "these scripts (anyreg.names holds it); Wine uses the Unicode data of its own time.",
        {
            "names.equal_keys[georgian]": f"[{MISSING}, open handle]",
            "names.equal_keys[cherokee]": f"[{MISSING}, open handle]",
            "names.equal_values[georgian]": f"[{MISSING}, ('x', 1)]",
            "names.equal_values[cherokee]": f"[{MISSING}, ('x', 1)]",
        },
    ),
    (
        "RegQueryInfoKey needs KEY_QUERY_VALUE, says Microsoft's page on it; Wine does not look.",
        {
            "access.query_info[set]": DENIED,
            "access.query_info[create]": DENIED,
            "access.query_info[enumerate]": DENIED,
            "access.query_info[notify]": DENIED,
            "access.query_info[link]": DENIED,
            "access.query_info[write]": DENIED,
            "access.query_info[delete]": DENIED,
            "access.query_info[read_control]": DENIED,
            "access.query_info[generic_write]": DENIED,
        },
    ),
    (
        "An access mask of 0 is STATUS_ACCESS_DENIED for NtOpenKey and NtCreateKey: Wine's "
        "test_NtOpenKey and test_NtCreateKey, checked on Windows.",
        {
            "access.no_access_at_all": f"[{DENIED}]",
            "access.no_access_at_all_to_create": f"[{DENIED}]",
        },
    ),
    (
        "Windows checks the rights of a handle when it looks the handle up "
        "(ObReferenceObjectByHandle), so before it sees the key; Wine checks some of them not "
        "at all.",
        {
            "deleted.use_without_the_right[EnumValue]": DENIED,
            "deleted.use_without_the_right[QueryInfoKey]": DENIED,
        },
    ),
    (
        "On 64-bit Windows the three functions work, and reflection is off for every key: "
        "CPython's test_reflection_functions. Wine has stubs.",
        {
            "audits.events[EnableReflectionKey]": (
                "[['None'], [('winreg.EnableReflectionKey', 'key')]]"
            ),
            "audits.events[QueryReflectionKey]": (
                "[['True'], [('winreg.QueryReflectionKey', 'key')]]"
            ),
            "handles.number_of_a_handle[EnableReflectionKey]": "None",
            "handles.number_of_a_handle[QueryReflectionKey]": "True",
            "roots.reflection": "[True, None, None, True]",
        },
    ),
    (
        "The functions on reflection take a handle of an open key (Microsoft's pages on "
        "them); Wine's stubs do not look at it.",
        {
            "arguments.no_key[DisableReflectionKey_zero]": HANDLE,
            "arguments.no_key[DisableReflectionKey_true]": HANDLE,
            "arguments.no_key[DisableReflectionKey_negative]": HANDLE,
            "arguments.no_key[DisableReflectionKey_stranger]": HANDLE,
            "arguments.no_key[EnableReflectionKey_zero]": HANDLE,
            "arguments.no_key[EnableReflectionKey_true]": HANDLE,
            "arguments.no_key[EnableReflectionKey_negative]": HANDLE,
            "arguments.no_key[EnableReflectionKey_stranger]": HANDLE,
            "arguments.no_key[QueryReflectionKey_zero]": HANDLE,
            "arguments.no_key[QueryReflectionKey_true]": HANDLE,
            "arguments.no_key[QueryReflectionKey_negative]": HANDLE,
            "arguments.no_key[QueryReflectionKey_stranger]": HANDLE,
            "handles.closed_handle[DisableReflectionKey]": HANDLE,
            "handles.closed_handle[EnableReflectionKey]": HANDLE,
            "handles.closed_handle[QueryReflectionKey]": HANDLE,
            "handles.number_of_a_closed_handle[DisableReflectionKey]": HANDLE,
            "handles.number_of_a_closed_handle[EnableReflectionKey]": HANDLE,
            "handles.number_of_a_closed_handle[QueryReflectionKey]": HANDLE,
        },
    ),
    (
        "RegConnectRegistry takes a predefined key (Microsoft's page on it); Wine passes on "
        "whatever it gets, and CPython then has neither a handle nor an error.",
        {
            "arguments.no_key_to_connect[zero]": HANDLE,
            "arguments.no_key_to_connect[true]": HANDLE,
            "arguments.no_key_to_connect[negative]": HANDLE,
            "arguments.no_key_to_connect[stranger]": HANDLE,
        },
    ),
    (
        "RegOpenKeyEx knows no such option (Microsoft's page on it names REG_OPTION_OPEN_LINK "
        "alone); Wine ignores all but that.",
        {
            "keys.options_of_opening[volatile]": PARAMETER,
            "keys.options_of_opening[unknown]": PARAMETER,
            "keys.options_of_opening[minus_one]": PARAMETER,
        },
    ),
    (
        "The reserved argument of RegDeleteKeyEx must be zero, says Microsoft's page on it; "
        "Wine ignores it.",
        {
            "keys.reserved_of_deletion[reserved]": f"[{PARAMETER}, ['a']]",
            "keys.reserved_of_deletion[minus_one]": f"[{PARAMETER}, ['a']]",
        },
    ),
    (
        "One call creates at most 32 levels: Microsoft's page on registry element size "
        "limits. The kernel says STATUS_NAME_TOO_LONG, which is error 206. Wine has no such "
        "limit.",
        {
            "keys.too_many_levels_in_one_call[levels_33]": f"[{TOO_LONG}, []]",
            "keys.too_many_levels_in_one_call[levels_100]": f"[{TOO_LONG}, []]",
        },
    ),
    (
        "Both view flags together are ERROR_INVALID_PARAMETER: Microsoft's page on accessing "
        "an alternate registry view. Wine takes the 32-bit one.",
        {
            "views.both_flags_together": PARAMETER,
            "views.creating_with_both_flags": PARAMETER,
            "windll.open_[both_views]": "(87, False, None)",
        },
    ),
    (
        "Microsoft's page on registry keys affected by WOW64 lists the key as shared; Wine 8 "
        "has it twice.",
        {
            "views.shared_below_software[clients]": "[True, True]",
            "views.shared_below_software[registered]": "[True, True]",
            "views.shared_below_software[shared_tools]": "[True, True]",
            "views.shared_below_software[com3]": "[True, True]",
            "views.shared_below_software[network_cards]": "[True, True]",
            "views.classes[machine]": "[True, True]",
        },
    ),
    (
        "HKEY_CURRENT_USER\\Software\\Classes\\CLSID is redirected: Microsoft's page on registry "
        "keys affected by WOW64. Wine 8 has it once.",
        {
            "views.class_identifiers[user]": "[False, False]",
        },
    ),
    (
        "HKEY_CLASSES_ROOT is the merged view of the user's classes over the machine's: "
        "Microsoft's page on it, and Wine's test_classesroot, checked on Windows. In Wine 8 "
        "it is the machine's alone.",
        {
            "classes.the_users_classes": f"['user', {MISSING}]",
            "classes.the_user_wins": "['user', 'only here', 'only here']",
            "classes.enumerating_both": (
                "[[['a', 'b', 'c'], []], [[], [('m', 'x'), ('u', 'x'), ('v', 'user')]]]"
            ),
            "classes.writing_goes_where_the_key_is": f"['new', {MISSING}]",
            "classes.writing_goes_to_the_user_where_both_have_the_key": "['new', 'machine', 'new']",
            "classes.writing_in_the_machines_tree_does_not_show_over_the_user": "'user'",
            "classes.deleting_takes_the_users_first": (
                f"[[None, {MISSING}, 'machine'], [None, {MISSING}, {MISSING}], "
                f"[{MISSING}, {MISSING}, {MISSING}]]"
            ),
            "classes.a_handle_of_a_users_key_that_is_gone": DELETED,
            "classes.default_values": "['machine', 'user']",
        },
    ),
    (
        "Handles below HKEY_CLASSES_ROOT have bit 1 set: Wine's test_classesroot_mask, "
        "checked on Windows, a todo there.",
        {
            "classes.handles_carry_a_mark": "[2, 0]",
        },
    ),
    (
        "RegSaveKey writes a hive; Wine writes its own text format.",
        {
            "hives.the_format_of_a_saved_file": "b'regf'",
        },
    ),
    (
        "RegSaveKey fails if the file exists, says Microsoft's page on it; Wine overwrites it.",
        {
            "hives.saving_over_a_file": f"[{EXISTS}, True]",
        },
    ),
    (
        "A hive that is loaded is that file, so what is written is in it; Wine copies it once.",
        {
            "hives.what_was_written_is_in_the_file": "'kept'",
        },
    ),
    (
        "RegLoadKey loads below HKEY_LOCAL_MACHINE and HKEY_USERS only, says Microsoft's page "
        "on it; Wine loads anywhere.",
        {
            "hives.loading_below_another_root": PARAMETER,
            "hives.loading_below_a_handle": PARAMETER,
        },
    ),
    (
        "A call that fails leaves nothing behind; Wine makes the key before it looks at the file.",
        {
            "hives.loading_something_else_leaves_no_key": MISSING,
        },
    ),
    (
        "A file that does not exist is created, says Microsoft's page on RegLoadKey; Wine "
        "says that it is missing.",
        {
            "hives.loading_a_missing_file": "None",
        },
    ),
    (
        "The root key of a hive cannot be deleted (STATUS_CANNOT_DELETE): the hive is "
        "unloaded. In Wine it is a key like any other.",
        {
            "hives.deleting_a_loaded_hive": f"[{DENIED}, None]",
        },
    ),
    (
        "An application cannot create a key that is a direct child of HKEY_USERS or "
        "HKEY_LOCAL_MACHINE: Microsoft's page on RegCreateKeyEx. Wine can.",
        {
            "roots.writing_into_the_roots_of_all[create]": f"[{PARAMETER}, {PARAMETER}]",
            "roots.writing_into_the_roots_of_all[set]": f"[{PARAMETER}, {PARAMETER}]",
        },
    ),
    (
        "Windows has HKEY_LOCAL_MACHINE\\SAM and SECURITY (Microsoft's page on registry "
        "hives); Wine has not.",
        {
            "roots.the_machine_holds_secrets": "[True, True]",
        },
    ),
    (
        "CurrentControlSet is a symbolic link to the control set that Select names: "
        "Microsoft's page on HKLM\\SYSTEM\\Select. In Wine it is a plain key.",
        {
            "links.of_the_control_set": "[True]",
        },
    ),
    (
        "HKEY_CURRENT_USER_LOCAL_SETTINGS, 0x80000007, is a predefined key: Microsoft's page "
        "on predefined keys. Wine 8 does not know it.",
        {
            "roots.other_numbers[local_settings]": MISSING,
        },
    ),
    (
        "HKEY_DYN_DATA is a key of Windows 95 to ME, Windows NT has none; Wine keeps it.",
        {
            "roots.dynamic_data": HANDLE,
        },
    ),
    (
        "A percent sign that ended no known name may begin one: Mono's tests of "
        "Environment.ExpandEnvironmentVariables, which hold for .NET, that is for this "
        "function. Wine goes on behind it.",
        {
            "roots.expanding[unknown_then_known]": "'%ANYREG_UNKNOWNone'",
            "roots.expanding[doubled]": "'%one%'",
        },
    ),
    (
        "Who waits for all of several objects may not name one twice: Microsoft's page on "
        "WaitForMultipleObjects. Wine takes it.",
        {
            "windll.waits_that_fail": "[(-1, 87), (-1, 87), (-1, 87), (0, 0), (-1, 6)]",
        },
    ),
    (
        "Any change of the name of a key in the watched one counts, those that make and delete "
        "one included: Microsoft's first page on RegNotifyChangeKeyValue, of 1992. Wine tells "
        "the renamed key alone.",
        {
            "notices.table[rename_below]": (
                "[('name', [True, True]), ('attributes', [False, False]), "
                "('last_set', [False, False]), ('security', [False, False]), "
                "('none', [False, False])]"
            ),
        },
    ),
    (
        "Windows ends the notifications of a key with the key, as ReactOS does after it in its "
        "CmDeleteKey. Wine leaves the program waiting until it closes the handle.",
        {
            "notices.deleting_the_key_tells": "(True, 1018)",
            "notices.deleting_the_key_with_its_tree_tells": "True",
        },
    ),
    (
        "The end of the thread that has asked sets the event: Wine's own "
        "test_RegNotifyChangeKeyValue, checked on Windows, marks that as a todo.",
        {
            "notices.the_end_of_the_thread_that_asked[usual]": "(True, True)",
        },
    ),
    (
        "Without a valid event the call cannot be asynchronous, and REG_LEGAL_CHANGE_FILTER holds "
        "the bits that are legal: Microsoft's page on RegNotifyChangeKeyValue, and winnt.h. Wine "
        "finds no event behind the handle 0, and takes other bits and reports nothing.",
        {
            "notices.odd_arguments[event]": "87",
            "notices.odd_arguments[bits]": "87",
            "notices.odd_arguments[more_bits]": "87",
        },
    ),
    (
        "RRF_RT_ANY is no restriction of the type, says Microsoft's page on RegGetValue; Wine "
        "lets the types through that it knows.",
        {
            "functions.by_type[unknown_as_any]": "(99, b'x')",
            "functions.by_type[unknown_as_any_as_is]": "(99, b'x')",
        },
    ),
    (
        "RegGetValue ends strings with one NUL and lists with two, whatever is stored, says "
        "Microsoft's page on it; Wine gives them as they are.",
        {
            "functions.strings_are_ended[unterminated]": "(1, b'a\\x00b\\x00\\x00\\x00')",
            "functions.lists_are_ended[unterminated]": (
                "(7, b'a\\x00\\x00\\x00b\\x00\\x00\\x00\\x00\\x00')"
            ),
            "functions.lists_are_ended[one_nul]": (
                "(7, b'a\\x00\\x00\\x00b\\x00\\x00\\x00\\x00\\x00')"
            ),
        },
    ),
)

DIFFERENCES = {
    case: Difference(windows, why) for why, outcomes in KNOWN for case, windows in outcomes.items()
}

# Whether Wine's set-up makes this link, or one of its services the key before that, is a race: it
# is there in some prefixes and not in others.
UNSTEADY = {"views.shared_below_software[network_cards]"}
