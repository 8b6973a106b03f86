"""What live and remote registries cannot do as all other worlds do, and why: by names of tests.

Each such test must fail there; one that passes is reported, so that no line outlives its reason.
"""

from __future__ import annotations

WINDOWS = {
    "test_a_name_that_no_path_tells": "no function of Windows takes such names",
    r"test_a_link_to_no_path_leads_nowhere[\\Registry": "a link holds nothing but its target",
    "test_info_counts_what_is_there": "Windows gives no key another class",
}
"""What Windows itself does otherwise."""

WINE = {
    "test_keys_are_listed_in_the_order_of_windows": "Wine orders keys by lower-case names",
    "test_values_keep_their_order_spelling_and_bytes": "Wine orders values by their names",
    "test_a_removed_value_comes_back_at_the_end": "Wine orders values by their names",
    "test_new_keys_inherit": "Wine's new keys inherit nothing",
    "test_times_change_as_in_windows": "on Wine no data that is set again is a change",
    "test_a_saved_tree_is_restored": "Wine tells links by their targets alone",
    "test_the_user_is_a_key_of_all_users": "Wine has no key for the system as a user",
    "test_roots_and_hives_stay": "Wine makes keys beside the hives",
    "test_a_stable_key_below_a_volatile_one_is_refused": "Wine says of no key that it is volatile",
    "test_volatile_keys_are_left_out_of_a_saved_tree": "Wine says of no key that it is volatile",
    r"test_what_32_bits_see[\\Classes-": "Wine 8 has a tree of all classes for 32 bits",
    "test_32_bits_make_keys_in_their_own_tree": "Wine 8 shares fewer keys between the views",
    "test_classes_are_both_sides_at_once": "Wine 8 shows the classes of the machine alone",
    "test_classes_are_written_where_the_user_has_them": "Wine 8 shows the machine's classes alone",
    "test_classes_are_deleted_one_side_after_the_other": "Wine 8 shows the machine's classes alone",
    "test_a_value_of_a_class_is_deleted_on_one_side": "Wine 8 shows the machine's classes alone",
    "test_a_class_that_comes_later_is_seen": "Wine 8 shows the machine's classes alone",
    "test_the_current_control_set_is_a_link": "Wine has the control set itself there",
    "test_a_hive_is_loaded_and_unloaded": "Wine loads no hives, but files of its own",
    "test_a_tree_that_cannot_be_made_is_not_begun": "Wine's keys can stand at any depth",
}
"""What Wine lacks."""

WINE_FOR_SOMEBODY = {
    "test_keys_stand_at_most_512_levels_deep": "Wine's keys can stand at any depth",
    "test_volatile_keys_stand_beside_stable_ones": "Wine says of no key that it is volatile",
    "test_a_volatile_key_can_stand_beside_the_hives": "Wine's own keys let nobody inherit anything",
    "test_security_is_inherited_and_set": "Wine lays lists of rights out behind the group",
    "test_new_keys_inherit[by itself, from a protected list": "Wine has no such inheriting",
    "test_new_keys_inherit[of what only counts below-many": "Wine has no such inheriting",
    "test_new_keys_inherit[once-many": "Wine has no such inheriting",
    "test_new_keys_inherit[a list of what is audited": "SACLs need a privilege",
}
"""What Wine lacks besides where rights are enforced, which gives new keys what they inherit."""

REMOTE = {
    "test_keys_are_found_in_any_case": "no call says how the name of a key is spelled",
    "test_a_renamed_key_keeps_its_handle": "there is no call that renames",
    "test_a_name_that_no_path_tells": "no call takes such names",
    "test_info_counts_what_is_there": "no call gives a key another class",
    "test_what_is_rolled_back_never_was": "there is no call that renames",
    "test_a_saved_tree_is_restored": "no call tells of links",
    "test_values_keep_their_order_spelling_and_bytes": "no call says how it is",
    "test_new_keys_inherit[a list of what is audited": "what is audited needs a privilege",
    "test_a_value_name_has_a_limit": "there are servers that cut names of values off at 255 units",
}
"""What the protocol of remote registries has no call for."""

SAMBA = {
    "test_keys_are_listed_in_the_order_of_windows": "Samba lists keys in no order",
    "test_make_tells_whether_it_made_the_key": "Samba keeps no classes",
    "test_a_key_made_again_is_another_one": "Samba's handles are paths",
    "test_times_change_as_in_windows": "Samba knows no times",
    "test_an_inner_level_is_undone_alone": "Samba lists keys in no order",
    "test_trees_are_made_at_one_go[3": "Samba lists keys in no order",
}
"""What the one server lacks that tests have."""
